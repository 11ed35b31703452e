import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Alert, App, Card, Descriptions, Space } from 'antd'
import { useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { console_, type Disbursement, disbursement, newKey, read } from '../api/client'
import { shown } from '../api/money'
import { useNames } from '../app/names'
import { drawdownRoute } from '../app/router'
import { FourEyesButton } from '../kit/four-eyes-button'
import { Loaded } from '../kit/loaded'
import { MoneyCell } from '../kit/money-cell'
import { PageHead } from '../kit/page-head'
import { StatusTag } from '../kit/status-tag'

const LOOK_MS = 2_000
const ON_ITS_WAY = new Set(['instructed', 'unknown'])

/** One drawdown: to whom, on what evidence, prepared by whom; and the second person's act. */
export function DrawdownDetail() {
  const { t } = useTranslation()
  const { contract, id } = drawdownRoute.useParams()
  const path = { contract_id: contract, drawdown_id: id }
  const query = useQuery({
    queryKey: ['drawdown', id],
    queryFn: () => read(disbursement.GET('/v1/facilities/{contract_id}/drawdowns/{drawdown_id}', { params: { path } })),
    refetchInterval: ({ state }) => (state.data && ON_ITS_WAY.has(state.data.status) ? LOOK_MS : false),
  })
  const facility = useQuery({
    queryKey: ['facility', contract],
    queryFn: () =>
      read(disbursement.GET('/v1/facilities/{contract_id}', { params: { path: { contract_id: contract } } })),
  })
  const borrower = facility.data?.borrower_id
  const name = useNames(borrower ? [borrower] : [])
  return (
    <Loaded query={query}>
      {drawdown => (
        <div className="stack">
          <PageHead title={`${t('drawdowns.title')} · ${borrower ? name(borrower) : ''}`}>
            <StatusTag status={drawdown.status} />
            <span className="grow" />
            <Acts drawdown={drawdown} borrower={borrower ? name(borrower) : ''} />
          </PageHead>
          {drawdown.status === 'unknown' && <Alert type="warning" showIcon title={t('drawdowns.unknown')} />}
          {drawdown.contradicted && <Alert type="error" showIcon title={t('drawdowns.contradicted')} />}
          <Card title={t('drawdowns.evidence')}>
            <Facts drawdown={drawdown} />
            {facility.data && (
              <Link to="/applications/$id" params={{ id: facility.data.application_id }}>
                {t('field.contract')} {contract.slice(0, 8)}
              </Link>
            )}
          </Card>
        </div>
      )}
    </Loaded>
  )
}

type Drawdown = Disbursement['DrawdownView']

function Facts({ drawdown }: { drawdown: Drawdown }) {
  const { t } = useTranslation()
  const because = drawdown.entrusted_because
  const facts: [string, React.ReactNode][] = [
    [t('field.amount'), <MoneyCell key="amount" value={drawdown.amount} />],
    [
      t('field.paymentMode'),
      t(`paymentMode.${drawdown.payment_mode}`) + (because ? ` (${t(`entrusted.${because}`)})` : ''),
    ],
    [t('field.payee'), drawdown.payee?.name ?? '—'],
    [t('field.payeeAccount'), drawdown.payee?.account ?? '—'],
    [t('field.payeeBank'), drawdown.payee?.bank ?? '—'],
    [t('field.borrowerAccount'), drawdown.borrower_account],
    [t('field.tradeContract'), drawdown.trade_contract ?? '—'],
    [t('field.requestedBy'), `${drawdown.requested_by} · ${drawdown.requested_on}`],
    [t('field.releasedBy'), drawdown.released_by ?? '—'],
    [t('field.coreReference'), drawdown.core_reference ?? '—'],
    [t('field.disbursedOn'), drawdown.disbursed_on ?? '—'],
    [t('field.reason'), drawdown.reason ?? '—'],
  ]
  const items = facts.map(([label, children]) => ({ key: label, label, children }))
  return <Descriptions column={{ xs: 1, md: 2 }} items={items} />
}

function Acts({ drawdown, borrower }: { drawdown: Drawdown; borrower: string }) {
  const { t } = useTranslation()
  const { message } = App.useApp()
  const queries = useQueryClient()
  const key = useRef(newKey())
  const { contract_id, drawdown_id } = drawdown
  const { data: actions } = useQuery({
    queryKey: ['actions', drawdown_id, drawdown.status],
    queryFn: () => console_.actionsOfDrawdown(contract_id, drawdown_id),
  })
  const release = async () => {
    await disbursement.POST('/v1/facilities/{contract_id}/drawdowns/{drawdown_id}/release', {
      params: { path: { contract_id, drawdown_id }, header: { 'idempotency-key': key.current } },
    })
    message.success(t('action.done'))
    await queries.invalidateQueries()
  }
  const cancel = async () => {
    await disbursement.POST('/v1/facilities/{contract_id}/drawdowns/{drawdown_id}/cancel', {
      params: { path: { contract_id, drawdown_id }, header: { 'idempotency-key': `${key.current}-cancel` } },
      body: { reason: t('withdrawal.other') },
    })
    message.success(t('action.done'))
    await queries.invalidateQueries()
  }
  const of = (name: string) => actions?.find(action => action.name === name)
  return (
    <Space>
      <FourEyesButton
        primary={false}
        danger
        action={of('cancel_drawdown')}
        label={t('action.cancel_drawdown')}
        confirm={shown(drawdown.amount)}
        act={cancel}
      />
      <FourEyesButton
        action={of('release_drawdown')}
        label={t('action.release_drawdown')}
        confirm={
          <>
            <p>{t('drawdowns.releaseConfirm', { amount: shown(drawdown.amount) })}</p>
            <p>
              {borrower} →{' '}
              {drawdown.payee ? `${drawdown.payee.name} ${drawdown.payee.account}` : drawdown.borrower_account}
            </p>
          </>
        }
        act={release}
      />
    </Space>
  )
}
