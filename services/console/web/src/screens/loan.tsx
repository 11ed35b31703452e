import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { Card, type TableColumnsType, Tabs } from 'antd'
import { lazy, Suspense } from 'react'
import { useTranslation } from 'react-i18next'
import { type Repayment, read, repayment } from '../api/client'
import { shown } from '../api/money'
import { useBusinessDate } from '../app/clock-chip'
import { useNames } from '../app/names'
import { usePages } from '../app/pages'
import { loanRoute } from '../app/router'
import { useMay } from '../app/session'
import { AsOfBar } from '../kit/as-of-bar'
import { DataTable } from '../kit/data-table'
import { EventTimeline } from '../kit/event-timeline'
import { Explain } from '../kit/explain'
import { Figures } from '../kit/figures'
import { Loaded } from '../kit/loaded'
import { MoneyCell, Percent } from '../kit/money-cell'
import { PageHead } from '../kit/page-head'
import { ClassTag, StatusTag } from '../kit/status-tag'

const ScheduleChart = lazy(() => import('./schedule-chart'))

type Loan = Repayment['Loan']
type Row = Repayment['ScheduleRow']

/** One loan now, or at the end of any business date of its life. */
export function LoanDetail() {
  const { t } = useTranslation()
  const { id } = loanRoute.useParams()
  const { asOf, tab = 'schedule' } = loanRoute.useSearch()
  const navigate = useNavigate()
  const may = useMay()
  const { data: today } = useBusinessDate()
  const at = asOf ? { as_of: asOf } : {}
  const query = useQuery({
    queryKey: ['loan', id, asOf],
    queryFn: () => read(repayment.GET('/v1/loans/{loan_id}', { params: { path: { loan_id: id }, query: at } })),
    placeholderData: keepPreviousData,
  })
  const name = useNames(query.data ? [query.data.borrower_id] : [])
  const go = (change: { asOf?: string | undefined; tab?: string }) => {
    const next = { asOf, tab, ...change }
    navigate({
      to: '/loans/$id',
      params: { id },
      search: { ...(next.asOf && { asOf: next.asOf }), ...(next.tab && { tab: next.tab }) },
      replace: true,
    })
  }
  return (
    <Loaded query={query}>
      {loan => (
        <div className="stack">
          <PageHead title={name(loan.borrower_id)}>
            <StatusTag status={loan.status} />
            <ClassTag value={loan.classification} />
            <span className="grow" />
            {today && (
              <AsOfBar value={asOf} first={loan.disbursed_on} last={today.on} change={to => go({ asOf: to })} />
            )}
          </PageHead>
          <Card>
            <Head loan={loan} />
          </Card>
          <Tabs
            activeKey={tab}
            onChange={key => go({ tab: key })}
            items={[
              { key: 'schedule', label: t('loans.schedule'), children: <Schedule id={id} asOf={asOf} /> },
              ...(may('repayment', 'read_history')
                ? [{ key: 'history', label: t('loans.history'), children: <History id={id} asOf={asOf} /> }]
                : []),
            ]}
          />
        </div>
      )}
    </Loaded>
  )
}

function Head({ loan }: { loan: Loan }) {
  const { t } = useTranslation()
  const parts = (amounts: Loan['past_due']) =>
    (['principal', 'interest', 'penalty', 'compound'] as const).map(part => (
      <div key={part}>
        {t(`field.${part}`)}: <span className="number">{shown(amounts[part])}</span>
      </div>
    ))
  return (
    <Figures
      items={[
        { title: t('field.outstanding'), value: <MoneyCell value={loan.outstanding} /> },
        { title: t('field.nextDue'), value: loan.next_due_on ?? '—' },
        {
          title: t('field.pastDue'),
          value: <MoneyCell value={loan.past_due.total} />,
          why: <Explain of={t('field.pastDue')}>{parts(loan.past_due)}</Explain>,
        },
        { title: t('field.dpd'), value: <span className="number">{loan.days_past_due ?? 0}</span> },
        { title: t('field.rate'), value: <Percent value={loan.annual_rate_percent} /> },
        {
          title: t('field.owed'),
          value: <MoneyCell value={loan.owed_in_full.total} />,
          why: <Explain of={t('field.owed')}>{parts(loan.owed_in_full)}</Explain>,
        },
        { title: t('field.maturity'), value: loan.maturity_on },
        { title: t('field.method'), value: t(`method.${loan.repayment_method as 'flat'}`) },
      ]}
    />
  )
}

function Schedule({ id, asOf }: { id: string; asOf: string | undefined }) {
  const { t } = useTranslation()
  const at = asOf ? { as_of: asOf } : {}
  const query = useQuery({
    queryKey: ['schedule', id, asOf],
    queryFn: () =>
      read(repayment.GET('/v1/loans/{loan_id}/schedule', { params: { path: { loan_id: id }, query: at } })),
    placeholderData: keepPreviousData,
  })
  const money = (title: string, key: 'balance' | 'principal' | 'interest' | 'total') => ({
    title,
    key,
    align: 'right' as const,
    render: (_: unknown, row: Row) => <MoneyCell value={row[key]} />,
  })
  const columns: TableColumnsType<Row> = [
    { title: t('field.number'), dataIndex: 'no' },
    { title: t('field.dueOn'), dataIndex: 'due_on' },
    { title: t('field.status'), key: 'status', render: (_, row) => <StatusTag status={row.status} /> },
    money(t('field.balance'), 'balance'),
    money(t('field.principal'), 'principal'),
    money(t('field.interest'), 'interest'),
    money(t('field.total'), 'total'),
  ]
  return (
    <Loaded query={query}>
      {schedule => (
        <div className="stack">
          <Card>
            <Suspense fallback={<div style={{ height: 260 }} />}>
              <ScheduleChart rows={schedule.items} />
            </Suspense>
          </Card>
          <DataTable
            label={t('loans.schedule')}
            size="small"
            rows={schedule.items}
            columns={columns}
            rowKey={row => String(row.no)}
          />
        </div>
      )}
    </Loaded>
  )
}

function History({ id, asOf }: { id: string; asOf: string | undefined }) {
  const { t } = useTranslation()
  const list = usePages(
    ['loan-history', id, asOf],
    after =>
      read(
        repayment.GET('/v1/loans/{loan_id}/history', {
          params: {
            path: { loan_id: id },
            query: { limit: 200, ...(asOf && { as_of: asOf }), ...(after && { after }) },
          },
        }),
      ),
    { whole: true },
  )
  return (
    <Loaded query={list.query}>
      {() => (
        <EventTimeline
          happenings={list.rows.map(item => ({
            key: item.event_id,
            what: item.fact,
            on: item.business_date,
            at: item.recorded_at,
            actor: item.actor,
            details: item.details,
            more: item.journal.map(line => (
              <div key={`${line.account}${line.debit.amount}${line.credit.amount}`} className="number">
                {Number(line.debit.amount)
                  ? `${t('loans.debit')} ${shown(line.debit)}`
                  : `${t('loans.credit')} ${shown(line.credit)}`}{' '}
                {line.account_name}
              </div>
            )),
          }))}
        />
      )}
    </Loaded>
  )
}
