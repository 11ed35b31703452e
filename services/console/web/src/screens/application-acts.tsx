import { useQuery, useQueryClient } from '@tanstack/react-query'
import { App, Form, Input, Modal, Radio, Select, Space } from 'antd'
import { useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { type Action, type Application, application, console_, newKey, Problem } from '../api/client'
import { shown, typed } from '../api/money'
import { FourEyesButton } from '../kit/four-eyes-button'
import { useSaid } from '../kit/problem'
import { FormSheet } from './form-sheet'

type View = Application['ApplicationView']

const WITHDRAWALS = ['found_other_funding', 'terms_not_acceptable', 'entered_in_error', 'other'] as const
const CODES = [
  'repayment_capacity',
  'credit_record',
  'collateral_insufficient',
  'purpose_unsupported',
  'outside_policy',
] as const

/** What the caller may do with the application now; each was tried on the service, which said yes or why not. */
export function ApplicationActs({ seen }: { seen: View }) {
  const { t } = useTranslation()
  const { message } = App.useApp()
  const queries = useQueryClient()
  const key = useRef(newKey())
  const id = seen.application_id
  const { data: actions } = useQuery({
    queryKey: ['actions', id, seen.status],
    queryFn: () => console_.actionsOfApplication(id),
  })
  const of = (name: string) => actions?.find(action => action.name === name)
  const params = { path: { application_id: id }, header: { 'idempotency-key': key.current } }
  const done = async (asked: Promise<unknown>) => {
    await asked
    key.current = newKey()
    message.success(t('action.done'))
    await queries.invalidateQueries()
  }
  const offer = seen.offer
  return (
    <Space wrap>
      <Withdraw
        action={of('withdraw_application')}
        act={reason =>
          done(application.POST('/v1/applications/{application_id}/withdraw', { params, body: { reason } }))
        }
      />
      <FourEyesButton
        primary={false}
        action={of('request_review')}
        label={t('action.request_review')}
        confirm={t('cause.automated_decision_refused')}
        act={() => done(application.POST('/v1/applications/{application_id}/review-request', { params }))}
      />
      <Recommend
        seen={seen}
        action={of('recommend_decision')}
        act={body => done(application.POST('/v1/applications/{application_id}/recommendation', { params, body }))}
      />
      <Decide
        seen={seen}
        action={of('decide_application')}
        approve={of('approve_application')}
        act={body => done(application.POST('/v1/applications/{application_id}/decision', { params, body }))}
      />
      <FourEyesButton
        action={of('accept_offer')}
        label={t('action.accept_offer')}
        confirm={offer && <OfferInWords offer={offer} />}
        act={() => done(application.POST('/v1/applications/{application_id}/offer/accept', { params }))}
      />
      <FourEyesButton
        action={of('sign_contract')}
        label={t('action.sign_contract')}
        confirm={offer && <OfferInWords offer={offer} />}
        act={() =>
          done(
            application.POST('/v1/applications/{application_id}/contract', {
              params,
              body: { confirmed_annualised_rate_percent: offer?.cost_statement.annualised_rate_percent ?? '' },
            }),
          )
        }
      />
    </Space>
  )
}

function OfferInWords({ offer }: { offer: Application['OfferView'] }) {
  const { t } = useTranslation()
  return (
    <>
      <p>
        {shown(offer.amount)} · {t('field.months', { n: offer.term_months })} ·{' '}
        {t(`method.${offer.repayment_method as 'flat'}`)}
      </p>
      <p>
        {t('field.annualised')} <strong>{offer.cost_statement.annualised_rate_percent}%</strong> ·{' '}
        {t('field.totalPayable')} {shown(offer.cost_statement.total_payable)}
      </p>
    </>
  )
}

type Reason = Application['WithdrawalBody']['reason']

function Withdraw({ action, act }: { action: Action | undefined; act: (reason: Reason) => Promise<void> }) {
  const { t } = useTranslation()
  const [reason, setReason] = useState<Reason>('other')
  return (
    <FourEyesButton
      primary={false}
      action={action}
      label={t('action.withdraw_application')}
      confirm={
        <Select
          aria-label={t('field.reason')}
          style={{ width: '100%' }}
          value={reason}
          onChange={setReason}
          options={WITHDRAWALS.map(value => ({ value, label: t(`withdrawal.${value}`) }))}
        />
      }
      act={() => act(reason)}
    />
  )
}

type Recommendation = Application['RecommendationBody']

interface RecommendProps {
  seen: View
  action: Action | undefined
  act: (body: Recommendation) => Promise<void>
}

interface RecommendFields {
  recommendation: 'approve' | 'decline'
  amount?: string
  rate?: string
  decline_codes?: Recommendation['decline_codes']
  opinion: string
  override_reason?: string
}

function Recommend({ seen, action, act }: RecommendProps) {
  const { t } = useTranslation()
  const found = seen.assessment
  const send = (values: RecommendFields) =>
    act({
      recommendation: values.recommendation,
      opinion: values.opinion,
      decline_codes: values.recommendation === 'decline' ? (values.decline_codes ?? []) : [],
      ...(values.recommendation === 'approve' &&
        values.amount && { amount: { amount: typed(values.amount), currency: currencyOf(seen) } }),
      ...(values.recommendation === 'approve' && values.rate && { annual_rate_percent: values.rate }),
      ...(values.override_reason && { override_reason: values.override_reason }),
    })
  return (
    <FormSheet<RecommendFields> action={action} label={t('action.recommend_decision')} send={send}>
      <Form.Item name="recommendation" label={t('field.recommendation')} initialValue="approve">
        <Radio.Group
          options={[
            { value: 'approve', label: t('decision.approve') },
            { value: 'decline', label: t('decision.decline') },
          ]}
        />
      </Form.Item>
      <Form.Item
        name="amount"
        label={t('field.amount')}
        extra={found && `${t('field.limit')} ${shown(found.limit)}`}
        initialValue={found?.limit.amount && smaller(found.limit.amount, seen.requested_amount.amount)}
      >
        <Input inputMode="decimal" />
      </Form.Item>
      <Form.Item name="rate" label={`${t('field.rate')} %`} initialValue={found?.annual_rate_percent}>
        <Input inputMode="decimal" />
      </Form.Item>
      <DeclineCodes />
      <Form.Item name="opinion" label={t('field.opinion')} rules={[{ required: true, message: t('form.required') }]}>
        <Input.TextArea rows={3} maxLength={2000} />
      </Form.Item>
      <Form.Item name="override_reason" label={t('field.reason')}>
        <Input maxLength={500} />
      </Form.Item>
    </FormSheet>
  )
}

function DeclineCodes() {
  const { t } = useTranslation()
  return (
    <Form.Item name="decline_codes" label={t('field.reasons')}>
      <Select mode="multiple" allowClear options={CODES.map(value => ({ value, label: t(`declineCode.${value}`) }))} />
    </Form.Item>
  )
}

type DecisionBody = Application['DecisionBody']

interface DecideFields {
  decision: DecisionBody['decision']
  amount?: string
  decline_codes?: DecisionBody['decline_codes']
  note?: string
}

interface DecideProps {
  seen: View
  action: Action | undefined
  approve: Action | undefined
  act: (body: DecisionBody) => Promise<void>
}

function Decide({ seen, action, approve, act }: DecideProps) {
  const { t } = useTranslation()
  const said = useSaid()
  const [confirming, setConfirming] = useState<DecideFields | null>(null)
  const [failure, setFailure] = useState<unknown>(null)
  const may = approve?.allowed ?? false
  const send = (values: DecideFields) =>
    act({
      decision: values.decision,
      ...(values.decision === 'approve' &&
        values.amount && { amount: { amount: typed(values.amount), currency: currencyOf(seen) } }),
      decline_codes: values.decision === 'decline' ? (values.decline_codes ?? []) : [],
      ...(values.note && { note: values.note }),
    })
  const recommended = seen.review?.amount
  return (
    <>
      <FormSheet<DecideFields>
        action={action}
        label={t('action.decide_application')}
        send={async values => setConfirming(values)}
      >
        <Form.Item
          name="decision"
          label={t('action.decide_application')}
          initialValue={may ? 'approve' : 'return'}
          extra={approve && !approve.allowed && said(refusal(approve))}
        >
          <Radio.Group
            options={[
              { value: 'approve', label: t('decision.approve'), disabled: !may },
              { value: 'decline', label: t('decision.decline') },
              { value: 'return', label: t('decision.return') },
            ]}
          />
        </Form.Item>
        <Form.Item name="amount" label={t('field.amount')} initialValue={recommended?.amount}>
          <Input inputMode="decimal" />
        </Form.Item>
        <DeclineCodes />
        <Form.Item name="note" label={t('field.note')}>
          <Input.TextArea rows={2} maxLength={500} />
        </Form.Item>
      </FormSheet>
      <Modal
        open={confirming !== null}
        title={t('action.decide_application')}
        okText={confirming ? t(`decision.${confirming.decision}`) : ''}
        cancelText={t('app.cancel')}
        okButtonProps={{ danger: confirming?.decision !== 'approve' }}
        onCancel={() => setConfirming(null)}
        onOk={async () => {
          if (!confirming) return
          setFailure(null)
          await send(confirming).then(() => setConfirming(null), setFailure)
        }}
      >
        {confirming && (
          <p>
            <strong>{t(`decision.${confirming.decision}`)}</strong>{' '}
            {confirming.decision === 'approve' && confirming.amount && shown({ amount: typed(confirming.amount) })}
          </p>
        )}
        {failure !== null && <p role="alert">{said(failure)}</p>}
      </Modal>
    </>
  )
}

function currencyOf(seen: View) {
  return seen.requested_amount.currency ?? 'CNY'
}

function refusal(action: Action): Problem {
  return new Problem(409, action.code, action.because, [])
}

function smaller(a: string, b: string): string {
  const whole = (text: string) => BigInt(text.replace('.', ''))
  return whole(a) < whole(b) ? a : b
}
