import { useNavigate } from '@tanstack/react-router'
import { Switch, type TableColumnsType } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { type Repayment, read, repayment } from '../api/client'
import { useNames } from '../app/names'
import { usePages } from '../app/pages'
import { DataTable } from '../kit/data-table'
import { Loaded } from '../kit/loaded'
import { MoneyCell, Percent } from '../kit/money-cell'
import { PageHead } from '../kit/page-head'
import { ClassTag, StatusTag } from '../kit/status-tag'

type Row = Repayment['LoanRow']

/** Loans that have been paid out, in the order in which they were. */
export function Loans() {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const [overdue, setOverdue] = useState(false)
  const list = usePages(['loans', overdue], after =>
    read(
      repayment.GET('/v1/loans', {
        params: { query: { ...(overdue && { overdue: true }), ...(after && { after }), limit: 100 } },
      }),
    ),
  )
  const name = useNames(list.rows.map(row => row.borrower_id))
  const columns: TableColumnsType<Row> = [
    { title: t('field.borrower'), key: 'borrower', render: (_, row) => <strong>{name(row.borrower_id)}</strong> },
    { title: t('field.status'), key: 'status', render: (_, row) => <StatusTag status={row.status} /> },
    {
      title: t('field.principal'),
      key: 'principal',
      align: 'right',
      render: (_, row) => <MoneyCell value={row.principal} />,
    },
    {
      title: t('field.outstanding'),
      key: 'outstanding',
      align: 'right',
      render: (_, row) => <MoneyCell value={row.outstanding} />,
    },
    {
      title: t('field.rate'),
      key: 'rate',
      align: 'right',
      render: (_, row) => <Percent value={row.annual_rate_percent} />,
    },
    { title: t('field.class'), key: 'class', render: (_, row) => <ClassTag value={row.classification} /> },
    {
      title: t('field.dpd'),
      key: 'dpd',
      align: 'right',
      render: (_, row) => <span className="number">{row.days_past_due || '—'}</span>,
    },
    { title: t('field.nextDue'), key: 'next', render: (_, row) => row.next_due_on ?? '—' },
    { title: t('field.maturity'), dataIndex: 'maturity_on' },
    { title: t('field.branch'), dataIndex: 'branch' },
  ]
  return (
    <>
      <PageHead title={t('loans.title')}>
        <Switch id="overdue" size="small" checked={overdue} onChange={setOverdue} />
        <label htmlFor="overdue">{t('loans.overdueOnly')}</label>
      </PageHead>
      <Loaded query={list.query}>
        {() => (
          <DataTable
            label={t('loans.title')}
            rows={list.rows}
            columns={columns}
            rowKey={row => row.loan_id}
            open={row => navigate({ to: '/loans/$id', params: { id: row.loan_id } })}
            empty={{ title: t('loans.empty'), note: t('loans.emptyNote') }}
            more={list.more}
            loadingMore={list.loadingMore}
          />
        )}
      </Loaded>
    </>
  )
}
