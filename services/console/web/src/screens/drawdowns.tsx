import { useNavigate } from '@tanstack/react-router'
import { Segmented, type TableColumnsType } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { type Disbursement, disbursement, read } from '../api/client'
import { useNames } from '../app/names'
import { usePages } from '../app/pages'
import { DataTable } from '../kit/data-table'
import { Loaded } from '../kit/loaded'
import { MoneyCell } from '../kit/money-cell'
import { PageHead } from '../kit/page-head'
import { StatusTag } from '../kit/status-tag'

type Row = Disbursement['DrawdownRow']

const LOOK_MS = 5_000

/** Money that waits for its second person, is on its way, or whose way is not known. */
export function Drawdowns() {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const [status, setStatus] = useState<'requested' | 'instructed' | 'unknown' | 'all'>('requested')
  const list = usePages(
    ['drawdowns', status],
    after =>
      read(
        disbursement.GET('/v1/drawdowns', {
          params: { query: { ...(status !== 'all' && { status }), ...(after && { after }), limit: 50 } },
        }),
      ),
    { everyMs: LOOK_MS },
  )
  const name = useNames(list.rows.map(row => row.borrower_id))
  const columns: TableColumnsType<Row> = [
    { title: t('field.borrower'), key: 'borrower', render: (_, row) => <strong>{name(row.borrower_id)}</strong> },
    { title: t('field.status'), key: 'status', render: (_, row) => <StatusTag status={row.status} /> },
    { title: t('field.amount'), key: 'amount', align: 'right', render: (_, row) => <MoneyCell value={row.amount} /> },
    { title: t('field.paymentMode'), key: 'mode', render: (_, row) => t(`paymentMode.${row.payment_mode}`) },
    { title: t('field.requestedBy'), dataIndex: 'requested_by' },
    { title: t('field.requestedOn'), dataIndex: 'requested_on' },
    { title: t('field.releasedBy'), key: 'released', render: (_, row) => row.released_by ?? '—' },
    { title: t('field.coreReference'), key: 'core', render: (_, row) => row.core_reference ?? '—' },
  ]
  return (
    <>
      <PageHead title={t('drawdowns.title')}>
        <Segmented
          aria-label={t('field.status')}
          value={status}
          onChange={setStatus}
          options={[
            { value: 'requested', label: t('status.requested') },
            { value: 'instructed', label: t('status.instructed') },
            { value: 'unknown', label: t('status.unknown') },
            { value: 'all', label: t('drawdowns.all') },
          ]}
        />
      </PageHead>
      <Loaded query={list.query}>
        {() => (
          <DataTable
            label={t('drawdowns.title')}
            rows={list.rows}
            columns={columns}
            rowKey={row => row.drawdown_id}
            open={row =>
              navigate({ to: '/drawdowns/$contract/$id', params: { contract: row.contract_id, id: row.drawdown_id } })
            }
            empty={{ title: t('drawdowns.empty'), note: t('drawdowns.emptyNote') }}
            more={list.more}
            loadingMore={list.loadingMore}
          />
        )}
      </Loaded>
    </>
  )
}
