import { useNavigate } from '@tanstack/react-router'
import type { TableColumnsType } from 'antd'
import { useTranslation } from 'react-i18next'
import type { Application } from '../api/client'
import { useNames } from '../app/names'
import { DataTable } from '../kit/data-table'
import { MoneyCell, Percent } from '../kit/money-cell'
import { StatusTag } from '../kit/status-tag'

type Row = Application['ApplicationRow']

/** The board's applications as a table. */
export default function PipelineList({ rows }: { rows: Row[] }) {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const name = useNames(rows.map(row => row.borrower_id))
  const columns: TableColumnsType<Row> = [
    { title: t('field.borrower'), key: 'borrower', render: (_, row) => name(row.borrower_id) },
    { title: t('field.segment'), key: 'segment', render: (_, row) => t(`segment.${row.segment}`) },
    { title: t('field.status'), key: 'status', render: (_, row) => <StatusTag status={row.status} /> },
    {
      title: t('field.requestedAmount'),
      key: 'requested',
      align: 'right',
      render: (_, row) => <MoneyCell value={row.requested_amount} />,
    },
    {
      title: t('field.granted'),
      key: 'granted',
      align: 'right',
      render: (_, row) => <MoneyCell value={row.granted} />,
    },
    { title: t('field.term'), key: 'term', render: (_, row) => t('field.months', { n: row.term_months }) },
    { title: t('field.grade'), key: 'grade', render: (_, row) => row.grade ?? '—' },
    {
      title: t('field.rate'),
      key: 'rate',
      align: 'right',
      render: (_, row) => <Percent value={row.annual_rate_percent} />,
    },
    { title: t('field.submittedBy'), dataIndex: 'submitted_by' },
    {
      title: t('field.submittedOn'),
      dataIndex: 'submitted_on',
      sorter: (a, b) => a.submitted_on.localeCompare(b.submitted_on),
      defaultSortOrder: 'descend',
    },
  ]
  return (
    <DataTable
      label={t('pipeline.title')}
      rows={rows}
      columns={columns}
      rowKey={row => row.application_id}
      open={row => navigate({ to: '/applications/$id', params: { id: row.application_id } })}
      empty={{ title: t('pipeline.empty'), note: t('pipeline.emptyNote') }}
    />
  )
}
