import { useNavigate } from '@tanstack/react-router'
import { Segmented, type TableColumnsType } from 'antd'
import dayjs from 'dayjs'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { type Application, application, read } from '../api/client'
import { useBusinessDate } from '../app/clock-chip'
import { useNames } from '../app/names'
import { usePages } from '../app/pages'
import { useMay } from '../app/session'
import { DataTable } from '../kit/data-table'
import { Loaded } from '../kit/loaded'
import { MoneyCell } from '../kit/money-cell'
import { PageHead } from '../kit/page-head'
import { Toned } from '../kit/status-tag'

type Row = Application['ReviewRow']
type Step = 'all' | Row['step']

const LOOK_MS = 10_000

/** What waits for people, the longest wait first. */
export function Reviews() {
  const { t } = useTranslation()
  const may = useMay()
  const navigate = useNavigate()
  const first: Step = may('application', 'recommend_decision')
    ? 'recommendation'
    : may('application', 'decide_application')
      ? 'decision'
      : 'all'
  const [step, setStep] = useState<Step>(first)
  const list = usePages(
    ['reviews', step],
    after =>
      read(
        application.GET('/v1/reviews', {
          params: { query: { ...(step !== 'all' && { step }), ...(after && { after }), limit: 50 } },
        }),
      ),
    { everyMs: LOOK_MS },
  )
  const name = useNames(list.rows.map(row => row.borrower_id))
  const { data: today } = useBusinessDate()
  const columns: TableColumnsType<Row> = [
    { title: t('field.borrower'), key: 'borrower', render: (_, row) => <strong>{name(row.borrower_id)}</strong> },
    { title: t('field.step'), key: 'step', render: (_, row) => t(`reviews.${row.step}`) },
    {
      title: t('field.requestedAmount'),
      key: 'requested',
      align: 'right',
      render: (_, row) => <MoneyCell value={row.requested_amount} />,
    },
    {
      title: t('field.recommendation'),
      key: 'recommendation',
      render: (_, row) =>
        row.recommendation ? (
          <>
            {t(`decision.${row.recommendation as 'approve'}`)} <MoneyCell value={row.recommended_amount} />
          </>
        ) : (
          '—'
        ),
    },
    {
      title: t('field.authority'),
      key: 'authority',
      render: (_, row) => (row.authority ? <Toned tone="rest">{t(`role.${row.authority as 'approver'}`)}</Toned> : '—'),
    },
    {
      title: t('field.cause'),
      key: 'causes',
      render: (_, row) => row.causes.map(cause => t(`cause.${cause as 'referred_by_risk'}`)).join('、'),
    },
    { title: t('field.submittedBy'), dataIndex: 'submitted_by' },
    { title: t('field.recommendedBy'), key: 'by', render: (_, row) => row.recommended_by ?? '—' },
    {
      title: t('field.waiting'),
      key: 'waiting',
      align: 'right',
      render: (_, row) => (
        <span className="number">
          {today ? t('field.days', { n: dayjs(today.on).diff(row.opened_on, 'day') }) : '—'}
        </span>
      ),
    },
  ]
  return (
    <>
      <PageHead title={t('reviews.title')}>
        <Segmented
          aria-label={t('field.step')}
          value={step}
          onChange={setStep}
          options={[
            { value: 'recommendation', label: t('reviews.recommendation') },
            { value: 'decision', label: t('reviews.decision') },
            { value: 'all', label: t('reviews.everyone') },
          ]}
        />
      </PageHead>
      <Loaded query={list.query}>
        {() => (
          <DataTable
            label={t('reviews.title')}
            rows={list.rows}
            columns={columns}
            rowKey={row => row.application_id}
            open={row => navigate({ to: '/applications/$id', params: { id: row.application_id } })}
            empty={{ title: t('reviews.empty'), note: t('reviews.emptyNote') }}
            more={list.more}
            loadingMore={list.loadingMore}
          />
        )}
      </Loaded>
    </>
  )
}
