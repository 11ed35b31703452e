import { useMutation, useQueries, useQuery, useQueryClient } from '@tanstack/react-query'
import { Alert, App, Button, Card, Descriptions, type TableColumnsType } from 'antd'
import { useTranslation } from 'react-i18next'
import { console_, newKey, type Parked, read, repayment, type Standing } from '../api/client'
import { useBusinessDate } from '../app/clock-chip'
import { useMay } from '../app/session'
import { DataTable } from '../kit/data-table'
import { FourEyesButton } from '../kit/four-eyes-button'
import { Loaded } from '../kit/loaded'
import { PageHead } from '../kit/page-head'
import { useSaid } from '../kit/problem'
import { Toned } from '../kit/status-tag'

const LOOK_MS = 3_000

/** How the five services stand, what is parked, and the end of the day. */
export function Operations() {
  const { t } = useTranslation()
  const query = useQuery({ queryKey: ['health'], queryFn: console_.health, refetchInterval: LOOK_MS })
  return (
    <div className="stack">
      <PageHead title={t('ops.title')} />
      <Loaded query={query}>
        {standings => (
          <>
            <Verdict standings={standings} />
            <Services standings={standings} />
            <ParkedMessages services={standings.map(one => one.service)} />
          </>
        )}
      </Loaded>
      <EndOfDay />
    </div>
  )
}

const LAG_MAX = 100

function Verdict({ standings }: { standings: Standing[] }) {
  const { t } = useTranslation()
  const wrong = standings.flatMap(one => [
    ...(one.away ? [`${one.service} ${t('ops.away')}`] : []),
    ...(one.parked ? [`${one.service}: ${one.parked} ${t('ops.parked')}`] : []),
    ...(one.lag > LAG_MAX ? [`${one.service}: ${one.slowest} −${one.lag}`] : []),
    ...Object.keys(one.failing).map(who => `${one.service}: ${who}`),
  ])
  if (!wrong.length) return <Alert type="success" showIcon title={t('ops.well')} />
  return <Alert type="error" showIcon title={t('ops.unwell', { what: wrong.join('; ') })} />
}

function Services({ standings }: { standings: Standing[] }) {
  const { t } = useTranslation()
  const number = (key: 'facts' | 'lag' | 'parked' | 'delayed', title: string) => ({
    title,
    key,
    align: 'right' as const,
    render: (_: unknown, row: Standing) => <span className="number">{row.away ? '—' : row[key].toLocaleString()}</span>,
  })
  const columns: TableColumnsType<Standing> = [
    {
      title: t('ops.service'),
      key: 'service',
      render: (_, row) => (
        <>
          <strong>{row.service}</strong> {row.away && <Toned tone="bad">{t('ops.away')}</Toned>}
        </>
      ),
    },
    { title: t('app.businessDate'), key: 'date', render: (_, row) => row.business_date ?? '—' },
    number('facts', t('ops.facts')),
    number('lag', t('ops.lag')),
    { title: t('ops.slowest'), key: 'slowest', render: (_, row) => row.slowest || '—' },
    number('parked', t('ops.parked')),
    number('delayed', t('ops.delayed')),
  ]
  return (
    <DataTable label={t('ops.title')} size="small" rows={standings} columns={columns} rowKey={row => row.service} />
  )
}

type Waiting = Parked & { service: string }

function ParkedMessages({ services }: { services: string[] }) {
  const { t } = useTranslation()
  const may = useMay()
  const { message } = App.useApp()
  const said = useSaid()
  const queries = useQueryClient()
  const rows = useQueries({
    queries: services.map(service => ({
      queryKey: ['parked', service],
      queryFn: () => console_.parked(service),
      refetchInterval: LOOK_MS,
    })),
    combine: all =>
      all.flatMap((one, index) => (one.data?.items ?? []).map(item => ({ ...item, service: services[index] ?? '' }))),
  })
  const redrive = useMutation({
    mutationFn: (one: Waiting) => console_.redrive(one.service, one.handler, one.stream_id),
    onSuccess: () => {
      message.success(t('action.done'))
      queries.invalidateQueries()
    },
    onError: error => message.error(said(error)),
  })
  const columns: TableColumnsType<Waiting> = [
    { title: t('ops.service'), dataIndex: 'service' },
    { title: t('ops.stream'), dataIndex: 'stream_id' },
    { title: t('ops.error'), dataIndex: 'error' },
    { title: t('ops.attempts'), dataIndex: 'attempts', align: 'right' },
    {
      title: '',
      key: 'act',
      render: (_, row) =>
        may('repayment', 'close_business_date') && (
          <Button size="small" loading={redrive.isPending} onClick={() => redrive.mutate(row)}>
            {t('ops.redrive')}
          </Button>
        ),
    },
  ]
  return (
    <Card title={t('ops.parkedTitle')} size="small">
      {rows.length ? (
        <DataTable
          label={t('ops.parkedTitle')}
          size="small"
          rows={rows}
          columns={columns}
          rowKey={row => `${row.service}${row.handler}${row.event_id}`}
        />
      ) : (
        <span className="quiet">{t('ops.noParked')}</span>
      )}
    </Card>
  )
}

function EndOfDay() {
  const { t } = useTranslation()
  const { message } = App.useApp()
  const queries = useQueryClient()
  const query = useBusinessDate()
  const close = async (on: string) => {
    const night = await read(
      repayment.POST('/v1/business-date/close', {
        body: { closed_on: on },
        params: { header: { 'idempotency-key': newKey() } },
      }),
    )
    message.success(t('ops.closed', { date: night.closed_on }))
    await queries.invalidateQueries()
  }
  return (
    <Loaded query={query}>
      {date => {
        const night = date.last_night
        return (
          <Card
            size="small"
            title={`${t('ops.endOfDay')} · ${date.on}`}
            extra={
              <FourEyesButton
                action={{ name: 'close', allowed: true, code: '', because: '' }}
                label={t('ops.closeDate', { date: date.on })}
                confirm={t('ops.closeConfirm', { date: date.on })}
                act={() => close(date.on)}
              />
            }
          >
            {night ? (
              <Descriptions
                size="small"
                column={{ xs: 1, sm: 2, lg: 4 }}
                items={[
                  { key: 'closed', label: t('ops.lastNight'), children: night.closed_on },
                  { key: 'opened', label: t('ops.openedNext'), children: night.opened_on ?? '—' },
                  { key: 'loans', label: t('ops.loansWorked'), children: night.loans },
                  { key: 'accrued', label: t('ops.accrued'), children: night.accrued },
                  { key: 'aged', label: t('ops.aged'), children: night.aged },
                  { key: 'chunks', label: t('ops.chunks'), children: night.chunks },
                  { key: 'quarantined', label: t('ops.quarantined'), children: night.quarantined.length },
                ]}
              />
            ) : (
              <span className="quiet">{t('ops.neverRun')}</span>
            )}
          </Card>
        )
      }}
    </Loaded>
  )
}
