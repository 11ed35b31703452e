import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { Alert, Card, Descriptions, Tabs } from 'antd'
import { lazy, Suspense } from 'react'
import { useTranslation } from 'react-i18next'
import { type Application, application, read, risk } from '../api/client'
import { useBusinessDate } from '../app/clock-chip'
import { useNames } from '../app/names'
import { useProductName } from '../app/products'
import { applicationRoute } from '../app/router'
import { useMay } from '../app/session'
import { AsOfBar } from '../kit/as-of-bar'
import { EventTimeline } from '../kit/event-timeline'
import { Explain } from '../kit/explain'
import { Figures } from '../kit/figures'
import { Loaded } from '../kit/loaded'
import { MoneyCell, Percent } from '../kit/money-cell'
import { PageHead } from '../kit/page-head'
import { StatusTag } from '../kit/status-tag'
import { ApplicationActs } from './application-acts'
import { Facility } from './facility'

const RiskExplained = lazy(() => import('./risk-explained'))
const LimitExplained = lazy(() => import('./limit-explained'))
const PriceExplained = lazy(() => import('./price-explained'))

const LOOK_MS = 1_500

/** One application: what was asked for, what was found and decided and why, and what may be done now. */
export function ApplicationDetail() {
  const { t } = useTranslation()
  const { id } = applicationRoute.useParams()
  const { asOf, tab = 'decision' } = applicationRoute.useSearch()
  const navigate = useNavigate()
  const may = useMay()
  const { data: today } = useBusinessDate()
  const at = asOf ? { as_of: asOf } : {}
  const query = useQuery({
    queryKey: ['application', id, asOf],
    queryFn: () =>
      read(
        application.GET('/v1/applications/{application_id}', { params: { path: { application_id: id }, query: at } }),
      ),
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) => (state.data?.status === 'submitted' && !asOf ? LOOK_MS : false),
  })
  const name = useNames(query.data ? [query.data.borrower_id] : [])
  const go = (change: { asOf?: string | undefined; tab?: string }) => {
    const next = { asOf, tab, ...change }
    navigate({
      to: '/applications/$id',
      params: { id },
      search: { ...(next.asOf && { asOf: next.asOf }), ...(next.tab && { tab: next.tab }) },
      replace: true,
    })
  }
  return (
    <Loaded query={query}>
      {seen => (
        <div className="stack">
          <PageHead title={name(seen.borrower_id)}>
            <StatusTag status={seen.status} />
            <span className="grow" />
            {today && (
              <AsOfBar value={asOf} first={seen.submitted_on} last={today.on} change={to => go({ asOf: to })} />
            )}
            {!asOf && <ApplicationActs seen={seen} />}
          </PageHead>
          <Card>
            <Head seen={seen} />
          </Card>
          {seen.status === 'submitted' && <Alert type="info" showIcon title={t('detail.waitingForRisk')} />}
          <Tabs
            activeKey={tab}
            onChange={key => go({ tab: key })}
            items={[
              { key: 'decision', label: t('detail.decision'), children: <Decision seen={seen} /> },
              ...(may('risk', 'read_assessment') && seen.assessment
                ? [
                    { key: 'risk', label: t('detail.risk'), children: <Explained id={id} part="risk" /> },
                    { key: 'limit', label: t('detail.limit'), children: <Explained id={id} part="limit" /> },
                    { key: 'price', label: t('detail.price'), children: <Explained id={id} part="price" /> },
                  ]
                : []),
              ...(may('application', 'read_history')
                ? [{ key: 'timeline', label: t('detail.timeline'), children: <History id={id} asOf={asOf} /> }]
                : []),
            ]}
          />
        </div>
      )}
    </Loaded>
  )
}

type View = Application['ApplicationView']

function Head({ seen }: { seen: View }) {
  const { t } = useTranslation()
  const found = seen.assessment
  const reasons = found?.reasons ?? []
  return (
    <Figures
      items={[
        { title: t('field.requestedAmount'), value: <MoneyCell value={seen.requested_amount} /> },
        {
          title: seen.approval ? t('field.granted') : t('field.limit'),
          value: <MoneyCell value={seen.approval?.amount ?? found?.limit} />,
          why: found && (
            <Explain of={t('field.limit')}>
              {t('detail.bindingNote', { method: t(`limitMethod.${found.binding_limit as 'requested'}`) })}
            </Explain>
          ),
        },
        {
          title: t('field.rate'),
          value: <Percent value={seen.approval?.annual_rate_percent ?? found?.annual_rate_percent} />,
          why: found && (
            <Explain of={t('field.rate')}>
              {t('detail.benchmark')} {found.benchmark_percent}% + {found.spread_bps} bp
            </Explain>
          ),
        },
        {
          title: t('field.grade'),
          value: found ? `${found.grade} · ${found.score}` : '—',
          why: reasons.length > 0 && (
            <Explain of={t('field.grade')}>
              <Reasons of={reasons} />
            </Explain>
          ),
        },
        { title: t('field.pd'), value: <Percent value={found?.pd_percent} /> },
        { title: t('field.term'), value: t('field.months', { n: seen.term_months }) },
        { title: t('field.method'), value: t(`method.${seen.repayment_method as 'flat'}`) },
      ]}
    />
  )
}

function Reasons({ of }: { of: { code: string; zh: string; en: string }[] }) {
  const { i18n } = useTranslation()
  return (
    <ul style={{ margin: 0, paddingInlineStart: 20 }}>
      {of.map(reason => (
        <li key={reason.code}>
          {i18n.language === 'zh' ? reason.zh : reason.en} <span className="quiet">{reason.code}</span>
        </li>
      ))}
    </ul>
  )
}

function Decision({ seen }: { seen: View }) {
  const { t } = useTranslation()
  const { review, offer, contract } = seen
  return (
    <div className="two">
      {seen.decline_reasons.length > 0 && (
        <Card title={t('detail.declined')}>
          <Reasons of={seen.decline_reasons} />
        </Card>
      )}
      {review && (
        <Card title={t('field.recommendation')}>
          <Descriptions
            column={1}
            size="small"
            items={facts([
              [t('field.cause'), review.causes.map(cause => t(`cause.${cause as 'referred_by_risk'}`)).join('、')],
              [t('field.recommendation'), review.recommendation ? t(`decision.${review.recommendation}`) : '—'],
              [t('field.amount'), <MoneyCell key="amount" value={review.amount} />],
              [t('field.rate'), <Percent key="rate" value={review.annual_rate_percent} />],
              [t('field.authority'), review.authority ? t(`role.${review.authority}`) : '—'],
              [t('field.recommendedBy'), review.recommended_by ?? '—'],
              [t('field.opinion'), review.opinion ?? '—'],
              [t('field.reason'), review.override_reason ?? '—'],
            ])}
          />
        </Card>
      )}
      {offer && (
        <Card title={t('detail.offer')}>
          <Descriptions
            column={1}
            size="small"
            items={facts([
              [t('field.amount'), <MoneyCell key="amount" value={offer.amount} />],
              [t('field.rate'), <Percent key="rate" value={offer.annual_rate_percent} />],
              [t('field.annualised'), <Percent key="annual" value={offer.cost_statement.annualised_rate_percent} />],
              [t('field.totalPayable'), <MoneyCell key="total" value={offer.cost_statement.total_payable} />],
              [t('field.validUntil'), offer.valid_until],
            ])}
          />
        </Card>
      )}
      {contract && <Facility contract={contract} />}
      <Card title={t('field.inputs')}>
        <Descriptions column={1} size="small" items={useInputs(seen)} />
      </Card>
    </div>
  )
}

function useInputs(seen: View) {
  const { t } = useTranslation()
  const product = useProductName()
  const rows: [string, React.ReactNode][] = [
    [t('field.product'), product(seen.product_code)],
    [t('field.purpose'), t(`purpose.${seen.purpose as 'wages'}`)],
    [t('field.submittedBy'), `${seen.submitted_by} · ${seen.submitted_on}`],
  ]
  const { company, small_firm: firm, person, supply_chain: chain } = seen
  if (company) {
    rows.push(
      [t('form.industry'), t(`industry.${company.industry}`)],
      [t('form.years'), company.years_in_business],
      [t('statement.revenue'), <MoneyCell key="revenue" value={company.latest.revenue} />],
      [t('statement.net_profit'), <MoneyCell key="profit" value={company.latest.net_profit} />],
      [t('statement.total_assets'), <MoneyCell key="assets" value={company.latest.total_assets} />],
      [t('statement.total_liabilities'), <MoneyCell key="debts" value={company.latest.total_liabilities} />],
    )
  }
  if (firm) {
    rows.push(
      [t('form.industry'), t(`industry.${firm.industry}`)],
      [t('form.byAccount'), <MoneyCell key="account" value={firm.turnover_by_account} />],
      [t('form.byTax'), <MoneyCell key="tax" value={firm.turnover_by_tax} />],
      [t('form.byInvoices'), <MoneyCell key="invoices" value={firm.turnover_by_invoices} />],
    )
  }
  if (person) {
    rows.push(
      [t('form.monthlyIncome'), <MoneyCell key="income" value={person.monthly_income} />],
      [t('form.monthlyExpenses'), <MoneyCell key="expenses" value={person.monthly_expenses} />],
      [t('form.assets'), <MoneyCell key="assets" value={person.assets} />],
      [t('form.debts'), <MoneyCell key="debts" value={person.debts} />],
    )
  }
  if (chain) {
    rows.push(
      [t('form.anchorGrade'), chain.anchor_grade ?? '—'],
      [t('form.confirmedReceivables'), <MoneyCell key="confirmed" value={chain.confirmed_receivables} />],
    )
  }
  return facts(rows)
}

function facts(rows: [string, React.ReactNode][]) {
  return rows.map(([label, children]) => ({ key: label, label, children }))
}

function Explained({ id, part }: { id: string; part: 'risk' | 'limit' | 'price' }) {
  const query = useQuery({
    queryKey: ['assessment', id],
    queryFn: () => read(risk.GET('/v1/assessments/{application_id}', { params: { path: { application_id: id } } })),
  })
  return (
    <Loaded query={query}>
      {assessment =>
        assessment.record && (
          <Suspense fallback={<div style={{ height: 320 }} />}>
            {part === 'risk' && <RiskExplained record={assessment.record} sources={assessment.sources} />}
            {part === 'limit' && <LimitExplained limit={assessment.record.limit} />}
            {part === 'price' && (
              <PriceExplained price={assessment.record.price} byRisk={assessment.record.risk_price} />
            )}
          </Suspense>
        )
      }
    </Loaded>
  )
}

function History({ id, asOf }: { id: string; asOf: string | undefined }) {
  const at = asOf ? { as_of: asOf } : {}
  const query = useQuery({
    queryKey: ['application-history', id, asOf],
    queryFn: () =>
      read(
        application.GET('/v1/applications/{application_id}/history', {
          params: { path: { application_id: id }, query: at },
        }),
      ),
  })
  return (
    <Loaded query={query}>
      {history => (
        <EventTimeline
          happenings={history.items.map(item => ({
            key: String(item.version),
            what: item.what,
            on: item.business_date,
            at: item.at,
            actor: item.actor,
            details: item.facts,
          }))}
        />
      )}
    </Loaded>
  )
}
