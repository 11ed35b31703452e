import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { App, Card, Descriptions, Form, Input, Select, type TableColumnsType } from 'antd'
import { useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { type Application, type Disbursement, disbursement, newKey, read } from '../api/client'
import { shown, typed } from '../api/money'
import { useMay } from '../app/session'
import { DataTable } from '../kit/data-table'
import { Loaded } from '../kit/loaded'
import { MoneyCell } from '../kit/money-cell'
import { StatusTag } from '../kit/status-tag'
import { FormSheet } from './form-sheet'

type Facility_ = Disbursement['FacilityView']
type Row = Disbursement['DrawdownView']

/** What may still be drawn under the contract, what has been, and the request for more. */
export function Facility({ contract }: { contract: Application['ContractView'] }) {
  const { t } = useTranslation()
  const may = useMay()
  const navigate = useNavigate()
  const path = { contract_id: contract.contract_id }
  const query = useQuery({
    queryKey: ['facility', contract.contract_id],
    queryFn: () => read(disbursement.GET('/v1/facilities/{contract_id}', { params: { path } })),
    retry: 5,
  })
  const columns: TableColumnsType<Row> = [
    { title: t('field.requestedOn'), dataIndex: 'requested_on' },
    { title: t('field.amount'), key: 'amount', align: 'right', render: (_, row) => <MoneyCell value={row.amount} /> },
    { title: t('field.status'), key: 'status', render: (_, row) => <StatusTag status={row.status} /> },
  ]
  const open = (row: Row) =>
    row.status === 'disbursed' || row.status === 'settled' || row.status === 'written_off'
      ? navigate({ to: '/loans/$id', params: { id: row.drawdown_id } })
      : navigate({ to: '/drawdowns/$contract/$id', params: { contract: row.contract_id, id: row.drawdown_id } })
  return (
    <Card title={t('detail.facility')}>
      <Loaded query={query}>
        {facility => (
          <div className="stack">
            <Descriptions
              column={1}
              size="small"
              items={[
                { key: 'limit', label: t('field.limit'), children: <MoneyCell value={facility.limit} /> },
                { key: 'available', label: t('field.available'), children: <MoneyCell value={facility.available} /> },
                { key: 'until', label: t('field.availableUntil'), children: facility.available_until },
              ]}
            />
            {facility.drawdowns.length > 0 && (
              <DataTable
                label={t('drawdowns.title')}
                size="small"
                rows={facility.drawdowns}
                columns={columns}
                rowKey={row => row.drawdown_id}
                open={open}
              />
            )}
            {may('disbursement', 'request_drawdown') && facility.status === 'open' && <Request facility={facility} />}
          </div>
        )}
      </Loaded>
    </Card>
  )
}

interface Fields {
  amount: string
  payment_mode: 'entrusted' | 'self'
  borrower_account: string
  payee_name?: string
  payee_account?: string
  payee_bank?: string
  trade_contract?: string
}

function Request({ facility }: { facility: Facility_ }) {
  const { t } = useTranslation()
  const { message } = App.useApp()
  const queries = useQueryClient()
  const key = useRef(newKey())
  const required = [{ required: true, message: t('form.required') }]
  const send = async (values: Fields) => {
    const payee = values.payee_name && {
      payee: { name: values.payee_name, account: values.payee_account ?? '', bank: values.payee_bank ?? '' },
    }
    await disbursement.POST('/v1/facilities/{contract_id}/drawdowns', {
      params: { path: { contract_id: facility.contract_id }, header: { 'idempotency-key': key.current } },
      body: {
        amount: { amount: typed(values.amount), currency: (facility.limit.currency ?? 'CNY') as 'CNY' },
        payment_mode: values.payment_mode,
        borrower_account: values.borrower_account,
        business_use: false,
        ...payee,
        ...(values.trade_contract && { trade_contract: values.trade_contract }),
      },
    })
    key.current = newKey()
    message.success(t('action.done'))
    await queries.invalidateQueries()
  }
  return (
    <FormSheet<Fields>
      action={{ name: 'request_drawdown', allowed: true, code: '', because: '' }}
      label={t('action.request_drawdown')}
      send={send}
    >
      <Form.Item
        name="amount"
        label={t('field.amount')}
        rules={required}
        initialValue={facility.available.amount}
        extra={`${t('field.available')} ${shown(facility.available)}`}
      >
        <Input inputMode="decimal" />
      </Form.Item>
      <Form.Item name="payment_mode" label={t('field.paymentMode')} initialValue="entrusted">
        <Select
          options={[
            { value: 'entrusted', label: t('paymentMode.entrusted') },
            { value: 'self', label: t('paymentMode.self') },
          ]}
        />
      </Form.Item>
      <Form.Item name="borrower_account" label={t('field.borrowerAccount')} rules={required}>
        <Input inputMode="numeric" />
      </Form.Item>
      <Form.Item name="payee_name" label={t('field.payee')}>
        <Input />
      </Form.Item>
      <Form.Item name="payee_account" label={t('field.payeeAccount')}>
        <Input inputMode="numeric" />
      </Form.Item>
      <Form.Item name="payee_bank" label={t('field.payeeBank')}>
        <Input />
      </Form.Item>
      <Form.Item name="trade_contract" label={t('field.tradeContract')}>
        <Input />
      </Form.Item>
    </FormSheet>
  )
}
