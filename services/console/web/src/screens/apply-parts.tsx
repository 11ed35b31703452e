import { Button, Col, DatePicker, Form, type FormInstance, Input, Radio, Row, Select, Space } from 'antd'
import dayjs from 'dayjs'
import { useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { type Application, application, newKey, read } from '../api/client'
import { shown } from '../api/money'
import { useSaid } from '../kit/problem'
import { GRADES, HOMES, INDUSTRIES, JOBS, OPTIONAL, PURPOSES, STATEMENT } from './apply-fields'

type Product = Application['ProductView']

interface FieldProps {
  name: string | (string | number)[]
  label: string
  required?: boolean
  extra?: string
  numeric?: boolean
}

function Field({ name, label, required = true, extra, numeric = true }: FieldProps) {
  const { t } = useTranslation()
  return (
    <Form.Item
      name={name}
      label={label}
      {...(extra && { extra })}
      rules={required ? [{ required: true, message: t('form.required') }] : []}
    >
      <Input autoComplete="off" {...(numeric && { inputMode: 'decimal' as const, className: 'number' })} />
    </Form.Item>
  )
}

interface ChoiceProps {
  name: string | string[]
  label: string
  options: { value: string | boolean; label: string }[]
  required?: boolean
}

function Choice({ name, label, options, required = true }: ChoiceProps) {
  const { t } = useTranslation()
  return (
    <Form.Item name={name} label={label} rules={required ? [{ required: true, message: t('form.required') }] : []}>
      <Select showSearch={{ optionFilterProp: 'label' }} options={options} allowClear={!required} />
    </Form.Item>
  )
}

/** Who borrows: found by its code, by its id, or registered here. */
export function PartyPart({ segment, form }: { segment: string; form: FormInstance }) {
  const { t } = useTranslation()
  const said = useSaid()
  const [kind, setKind] = useState<'existing' | 'register'>('register')
  const [note, setNote] = useState('')
  const [working, setWorking] = useState(false)
  const key = useRef(newKey())
  const isPerson = segment === 'person'
  const known = (id: string, name: string) => {
    form.setFieldsValue({ borrower_id: id, borrower_name: name })
    setNote(t('form.found', { name }))
  }
  const attempt = async (what: () => Promise<void>) => {
    setWorking(true)
    setNote('')
    try {
      await what()
    } catch (error) {
      setNote(said(error))
      key.current = newKey()
    } finally {
      setWorking(false)
    }
  }
  const lookUp = () =>
    attempt(async () => {
      const code = String(form.getFieldValue('lookup_code') ?? '')
        .normalize('NFKC')
        .trim()
        .toUpperCase()
      const found = await read(
        application.GET('/v1/borrowers', { params: { query: { unified_social_credit_code: code } } }),
      )
      const [first] = found.items
      if (first) known(first.borrower_id, first.shown_name)
      else setNote(t('form.notFound'))
    })
  const register = () =>
    attempt(async () => {
      const told = form.getFieldValue('register') ?? {}
      const answer = await read(
        application.POST('/v1/borrowers', {
          params: { header: { 'idempotency-key': key.current } },
          body: isPerson ? { person: told.person ?? {} } : { company: told.company ?? {} },
        }),
      )
      known(answer.borrower_id, (isPerson ? told.person : told.company).name)
    })
  return (
    <>
      {!isPerson && (
        <Form.Item>
          <Radio.Group
            value={kind}
            onChange={event => setKind(event.target.value)}
            options={[
              { value: 'register', label: t('form.register') },
              { value: 'existing', label: t('form.existing') },
            ]}
          />
        </Form.Item>
      )}
      {kind === 'existing' && !isPerson ? (
        <Space align="end">
          <Field name="lookup_code" label={t('field.code')} required={false} numeric={false} />
          <Form.Item>
            <Button loading={working} onClick={lookUp}>
              {t('form.lookUp')}
            </Button>
          </Form.Item>
        </Space>
      ) : (
        <>
          <Row gutter={16}>
            {isPerson ? (
              <>
                <Cell>
                  <Field
                    name={['register', 'person', 'name']}
                    label={t('field.name')}
                    required={false}
                    numeric={false}
                  />
                </Cell>
                <Cell>
                  <Field
                    name={['register', 'person', 'resident_id']}
                    label={t('field.residentId')}
                    required={false}
                    numeric={false}
                  />
                </Cell>
                <Cell>
                  <Field name={['register', 'person', 'phone']} label={t('field.phone')} required={false} />
                </Cell>
              </>
            ) : (
              <>
                <Cell>
                  <Field
                    name={['register', 'company', 'name']}
                    label={t('field.name')}
                    required={false}
                    numeric={false}
                  />
                </Cell>
                <Cell>
                  <Field
                    name={['register', 'company', 'unified_social_credit_code']}
                    label={t('field.code')}
                    required={false}
                    numeric={false}
                  />
                </Cell>
                <Cell>
                  <Field
                    name={['register', 'company', 'legal_representative']}
                    label={t('field.legalRepresentative')}
                    required={false}
                    numeric={false}
                  />
                </Cell>
                <Cell>
                  <Field name={['register', 'company', 'phone']} label={t('field.phone')} required={false} />
                </Cell>
              </>
            )}
          </Row>
          <Button loading={working} onClick={register}>
            {t('form.register')}
          </Button>
        </>
      )}
      <p role="status">{note}</p>
      <Form.Item name="borrower_name" hidden>
        <Input />
      </Form.Item>
      <Form.Item name="borrower_id" hidden={false} rules={[{ required: true, message: t('form.register') }]} noStyle>
        <Input type="hidden" />
      </Form.Item>
    </>
  )
}

function Cell({ children }: { children: React.ReactNode }) {
  return (
    <Col xs={24} sm={12} lg={8}>
      {children}
    </Col>
  )
}

/** The figures of the segment. */
export function FactsPart({ segment }: { segment: string }) {
  if (segment === 'person') return <PersonFacts />
  if (segment === 'small_firm') return <FirmFacts />
  return (
    <>
      {segment === 'supply_chain' && <ChainFacts />}
      <CompanyFacts />
    </>
  )
}

function CompanyFacts() {
  const { t } = useTranslation()
  const sizes = (['micro', 'small', 'medium', 'large'] as const).map(value => ({ value, label: t(`size.${value}`) }))
  const industries = INDUSTRIES.map(value => ({ value, label: t(`industry.${value}`) }))
  return (
    <>
      <Row gutter={16}>
        <Cell>
          <Choice name={['company', 'industry']} label={t('form.industry')} options={industries} />
        </Cell>
        <Cell>
          <Choice name={['company', 'size']} label={t('form.size')} options={sizes} />
        </Cell>
        <Cell>
          <Field name={['company', 'years_in_business']} label={t('form.years')} />
        </Cell>
        <Cell>
          <Field name={['company', 'revenue_growth_forecast_percent']} label={t('form.growth')} />
        </Cell>
        <Cell>
          <Field
            name={['company', 'existing_working_capital_loans']}
            label={t('form.existingLoans')}
            extra={t('form.amountHint')}
          />
        </Cell>
        <Cell>
          <Field name={['company', 'other_funding']} label={t('form.otherFunding')} required={false} />
        </Cell>
      </Row>
      <h2 style={{ fontSize: 15 }}>{t('form.statements')}</h2>
      <Statements />
    </>
  )
}

function Statements() {
  const { t } = useTranslation()
  const years = [
    ['latest', t('form.latest')],
    ['previous', t('form.previousYear')],
  ] as const
  return (
    <table style={{ borderSpacing: '8px 4px' }}>
      <thead>
        <tr>
          <th scope="col" style={{ textAlign: 'left' }}>
            {t('form.year')}
          </th>
          {years.map(([year, label]) => (
            <th key={year} scope="col">
              <Cellular name={['company', year, 'year']} label={label} placeholder={label} />
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {STATEMENT.map(line => (
          <tr key={line}>
            <th scope="row" style={{ textAlign: 'left', fontWeight: 400 }}>
              {t(`statement.${line}`)}
            </th>
            {years.map(([year, label]) => (
              <td key={year}>
                <Cellular
                  name={['company', year, line]}
                  label={`${t(`statement.${line}`)} ${label}`}
                  required={!OPTIONAL.has(line)}
                />
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}

interface CellularProps {
  name: string[]
  label: string
  placeholder?: string
  required?: boolean
}

function Cellular({ name, label, placeholder = '', required = true }: CellularProps) {
  const { t } = useTranslation()
  return (
    <Form.Item name={name} style={{ margin: 0 }} rules={required ? [{ required, message: t('form.required') }] : []}>
      <Input
        size="small"
        aria-label={label}
        placeholder={placeholder}
        inputMode="decimal"
        autoComplete="off"
        style={{ width: 180, textAlign: 'right' }}
      />
    </Form.Item>
  )
}

function FirmFacts() {
  const { t } = useTranslation()
  return (
    <Row gutter={16}>
      <Cell>
        <Choice
          name={['small_firm', 'industry']}
          label={t('form.industry')}
          options={INDUSTRIES.map(value => ({ value, label: t(`industry.${value}`) }))}
        />
      </Cell>
      <Cell>
        <Choice
          name={['small_firm', 'size']}
          label={t('form.size')}
          options={(['micro', 'small'] as const).map(value => ({ value, label: t(`size.${value}`) }))}
        />
      </Cell>
      <Cell>
        <Field name={['small_firm', 'years_in_business']} label={t('form.years')} />
      </Cell>
      <Cell>
        <Field name={['small_firm', 'employees']} label={t('form.employees')} required={false} />
      </Cell>
      <Cell>
        <Field name={['small_firm', 'existing_loans']} label={t('form.existingLoans')} extra={t('form.amountHint')} />
      </Cell>
      <Cell>
        <Field name={['small_firm', 'turnover_by_account']} label={t('form.byAccount')} required={false} />
      </Cell>
      <Cell>
        <Field name={['small_firm', 'turnover_by_tax']} label={t('form.byTax')} required={false} />
      </Cell>
      <Cell>
        <Field name={['small_firm', 'turnover_by_invoices']} label={t('form.byInvoices')} required={false} />
      </Cell>
    </Row>
  )
}

function PersonFacts() {
  const { t } = useTranslation()
  return (
    <Row gutter={16}>
      <Cell>
        <Field name={['person', 'monthly_income']} label={t('form.monthlyIncome')} extra={t('form.amountHint')} />
      </Cell>
      <Cell>
        <Field name={['person', 'monthly_expenses']} label={t('form.monthlyExpenses')} />
      </Cell>
      <Cell>
        <Field name={['person', 'assets']} label={t('form.assets')} />
      </Cell>
      <Cell>
        <Field name={['person', 'debts']} label={t('form.debts')} />
      </Cell>
      <Cell>
        <Field name={['person', 'seniority_years']} label={t('form.seniority')} />
      </Cell>
      <Cell>
        <Choice
          name={['person', 'job']}
          label={t('form.job')}
          options={JOBS.map(value => ({ value, label: t(`job.${value}`) }))}
        />
      </Cell>
      <Cell>
        <Choice
          name={['person', 'home']}
          label={t('form.home')}
          options={HOMES.map(value => ({ value, label: t(`home.${value}`) }))}
        />
      </Cell>
    </Row>
  )
}

function ChainFacts() {
  const { t } = useTranslation()
  const yes = [
    { value: true, label: '✓' },
    { value: false, label: '✗' },
  ]
  return (
    <Row gutter={16}>
      <Cell>
        <Choice
          name={['supply_chain', 'anchor_grade']}
          label={t('form.anchorGrade')}
          options={GRADES.map(value => ({ value, label: value }))}
          required={false}
        />
      </Cell>
      <Cell>
        <Field
          name={['supply_chain', 'confirmed_receivables']}
          label={t('form.confirmedReceivables')}
          required={false}
        />
      </Cell>
      <Cell>
        <Field name={['supply_chain', 'dilution_percent']} label={t('form.dilution')} required={false} />
      </Cell>
      <Cell>
        <Field name={['supply_chain', 'anchor_sales_share_percent']} label={t('form.anchorShare')} required={false} />
      </Cell>
      <Cell>
        <Choice name={['supply_chain', 'notice_given']} label={t('form.notice')} options={yes} required={false} />
      </Cell>
      <Cell>
        <Choice name={['supply_chain', 'assigned']} label={t('form.assigned')} options={yes} required={false} />
      </Cell>
    </Row>
  )
}

/** What the money is for, how much, how long, paid back how; and whether the bureau may be asked. */
export function RequestPart({ product }: { product: Product }) {
  const { t } = useTranslation()
  return (
    <Row gutter={16}>
      <Cell>
        <Field
          name="requested_amount"
          label={t('field.requestedAmount')}
          extra={t('form.between', { min: shown(product.amount_min), max: shown(product.amount_max) })}
        />
      </Cell>
      <Cell>
        <Field
          name="term_months"
          label={t('field.term')}
          extra={t('form.between', { min: product.term_months_min, max: product.term_months_max })}
        />
      </Cell>
      <Cell>
        <Choice
          name="repayment_method"
          label={t('field.method')}
          options={product.repayment_methods.map(value => ({ value, label: t(`method.${value as 'flat'}`) }))}
        />
      </Cell>
      <Cell>
        <Choice
          name="purpose"
          label={t('field.purpose')}
          options={PURPOSES.map(value => ({ value, label: t(`purpose.${value}`) }))}
        />
      </Cell>
      <Cell>
        <Field
          name={['bureau_consent', 'reference']}
          label={`${t('form.consent')} · ${t('form.consentReference')}`}
          required={false}
          numeric={false}
          extra={t('form.consentNote')}
        />
      </Cell>
      <Cell>
        <DateField name={['bureau_consent', 'given_on']} label={t('form.consentGiven')} />
      </Cell>
      <Cell>
        <DateField name={['bureau_consent', 'valid_until']} label={t('form.consentUntil')} />
      </Cell>
    </Row>
  )
}

function DateField({ name, label }: { name: string[]; label: string }) {
  return (
    <Form.Item
      name={name}
      label={label}
      getValueProps={(value?: string) => ({ value: value ? dayjs(value) : null })}
      normalize={(value?: dayjs.Dayjs | null) => value?.format('YYYY-MM-DD')}
    >
      <DatePicker style={{ width: '100%' }} />
    </Form.Item>
  )
}
