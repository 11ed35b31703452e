import { useBlocker, useNavigate } from '@tanstack/react-router'
import { Alert, App, Button, Card, Form, type FormInstance, Radio, Space, Steps } from 'antd'
import { useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { type Application, application, newKey, Problem, read } from '../api/client'
import { shown, typed } from '../api/money'
import { useProducts } from '../app/products'
import { Loaded } from '../kit/loaded'
import { PageHead } from '../kit/page-head'
import { useSaid } from '../kit/problem'
import { asRequest, placeOf } from './apply-fields'
import { FactsPart, PartyPart, RequestPart } from './apply-parts'

type Product = Application['ProductView']
type Body = Application['ApplicationBody']

/** An application in five steps. Whatever the service refuses is shown by its field; nothing filled in is lost. */
export function Apply() {
  const { t } = useTranslation()
  const query = useProducts()
  return (
    <>
      <PageHead title={t('form.title')} />
      <Loaded query={query}>{products => <Stepper products={products.items} />}</Loaded>
    </>
  )
}

const PLACES: Record<string, number> = { borrower_id: 1, company: 2, small_firm: 2, person: 2, supply_chain: 2 }
const REQUEST_STEP = 3
const LAST = 4

function Stepper({ products }: { products: Product[] }) {
  const { t } = useTranslation()
  const { message } = App.useApp()
  const said = useSaid()
  const navigate = useNavigate()
  const [form] = Form.useForm()
  const [step, setStep] = useState(0)
  const [failure, setFailure] = useState('')
  const [tried, setTried] = useState(false)
  const [working, setWorking] = useState(false)
  const sent = useRef(false)
  const key = useRef(newKey())
  useBlocker({
    shouldBlockFn: () => !sent.current && form.isFieldsTouched() && !window.confirm(t('form.leave')),
    enableBeforeUnload: () => !sent.current && form.isFieldsTouched(),
  })
  const code = Form.useWatch('product_code', form)
  const product = products.find(one => one.code === code) ?? products[0]
  if (!product) return null

  const complain = (problem: unknown) => {
    setFailure(said(problem))
    if (!(problem instanceof Problem) || !problem.errors.length) return
    const fields = problem.errors.map(one => ({ name: placeOf(one.field), errors: [one.detail] }))
    form.setFields(fields)
    const first = String(fields[0]?.name[0] ?? '')
    setStep(PLACES[first] ?? REQUEST_STEP)
  }
  const send = async (dryRun: boolean) => {
    setWorking(true)
    setFailure('')
    try {
      const body = asRequest(form.getFieldsValue(true), '', typed) as Record<string, unknown>
      const answer = await read(
        application.POST('/v1/applications', {
          params: { header: { 'idempotency-key': key.current }, query: { dry_run: dryRun } },
          body: complete(body, product),
        }),
      )
      setTried(true)
      if (dryRun) return
      sent.current = true
      message.success(t('form.sent'))
      await navigate({ to: '/applications/$id', params: { id: answer.application_id } })
    } catch (problem) {
      setTried(false)
      if (problem instanceof Problem && problem.status < 500 && problem.status > 0) key.current = newKey()
      complain(problem)
    } finally {
      setWorking(false)
    }
  }
  const next = async () => {
    // Only what this step shows is mounted, so only that is asked to be filled in.
    await form.validateFields().then(
      () => setStep(step + 1),
      () => {},
    )
  }
  return (
    <div className="stack">
      <Steps
        size="small"
        current={step}
        items={(['kind', 'party', 'facts', 'request', 'check'] as const).map(name => ({ title: t(`form.${name}`) }))}
      />
      {failure && <Alert type="error" showIcon title={failure} />}
      <Form
        form={form}
        layout="vertical"
        preserve
        scrollToFirstError
        initialValues={{ product_code: product.code }}
        onValuesChange={() => setTried(false)}
        onFinish={() => (step < LAST ? next() : send(false))}
      >
        <Card>
          {step === 0 && <ProductPart products={products} />}
          {step === 1 && <PartyPart segment={product.segment} form={form} />}
          {step === 2 && <FactsPart segment={product.segment} />}
          {step === REQUEST_STEP && <RequestPart product={product} />}
          {step === LAST && <Check form={form} product={product} tried={tried} />}
        </Card>
        <Space style={{ marginTop: 16 }}>
          {step > 0 && <Button onClick={() => setStep(step - 1)}>{t('form.previous')}</Button>}
          {step < LAST && (
            <Button type="primary" htmlType="submit">
              {t('form.next')}
            </Button>
          )}
          {step === LAST && (
            <>
              <Button loading={working} onClick={() => send(true)}>
                {t('form.tryOut')}
              </Button>
              <Button type="primary" htmlType="submit" loading={working}>
                {t('form.submit')}
              </Button>
            </>
          )}
        </Space>
      </Form>
    </div>
  )
}

/** What the service must have and nobody needs to type: the bureau is asked by risk where there is consent. */
function complete(told: Record<string, unknown>, product: Product): Body {
  const { register: _, lookup_code: __, borrower_name: ___, ...asked } = told
  return { product_code: product.code, bureau: {}, ...asked } as unknown as Body
}

function ProductPart({ products }: { products: Product[] }) {
  const { t, i18n } = useTranslation()
  return (
    <Form.Item name="product_code" label={t('form.kind')} style={{ marginBottom: 0 }}>
      <Radio.Group
        vertical
        options={products.map(one => ({
          value: one.code,
          label: (
            <>
              <strong>{i18n.language === 'zh' ? one.name_zh : one.name_en}</strong>{' '}
              <span className="quiet">
                {t(`segment.${one.segment as 'company'}`)} · {shown(one.amount_min)}–{shown(one.amount_max)} ·{' '}
                {t('field.months', { n: `${one.term_months_min}–${one.term_months_max}` })}
              </span>
            </>
          ),
        }))}
      />
    </Form.Item>
  )
}

function Check({ form, product, tried }: { form: FormInstance; product: Product; tried: boolean }) {
  const { t, i18n } = useTranslation()
  const told = form.getFieldsValue(true)
  return (
    <div className="stack">
      <p style={{ margin: 0 }}>
        <strong>{told.borrower_name ?? told.borrower_id}</strong> ·{' '}
        {i18n.language === 'zh' ? product.name_zh : product.name_en} ·{' '}
        {shown({ amount: typed(told.requested_amount ?? '0') })} · {t('field.months', { n: told.term_months })} ·{' '}
        {t(`method.${told.repayment_method as 'flat'}`)} · {t(`purpose.${told.purpose as 'wages'}`)}
      </p>
      {!told.bureau_consent?.reference && <Alert type="info" showIcon title={t('form.consentNote')} />}
      {tried && <Alert type="success" showIcon title={t('form.tried')} />}
    </div>
  )
}
