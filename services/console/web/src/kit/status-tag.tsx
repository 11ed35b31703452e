import { Tag } from 'antd'
import { useTranslation } from 'react-i18next'
import type { zh } from '../locales/zh'

export type Status = keyof typeof zh.status

const COLOURS: Partial<Record<Status, string>> = {
  submitted: 'processing',
  in_review: 'gold',
  recommended: 'orange',
  requested: 'gold',
  offered: 'cyan',
  accepted: 'cyan',
  signed: 'blue',
  instructed: 'processing',
  unknown: 'error',
  failed: 'error',
  disbursement_failed: 'error',
  overdue: 'error',
  written_off: 'error',
  disbursed: 'success',
  open: 'success',
  paid: 'success',
  billed: 'gold',
}

/** A status in words; its colour says the same, never alone. */
export function StatusTag({ status }: { status: string }) {
  const { t } = useTranslation()
  const known = status as Status
  return (
    <Tag variant="filled" color={COLOURS[known] ?? 'default'}>
      {t(`status.${known}`)}
    </Tag>
  )
}

const CLASSES: Record<string, string> = {
  normal: 'success',
  special_mention: 'gold',
  substandard: 'orange',
  doubtful: 'error',
  loss: 'error',
}

/** The regulator's five classes. */
export function ClassTag({ value }: { value: string | null | undefined }) {
  const { t } = useTranslation()
  if (!value) return <>—</>
  return (
    <Tag variant="filled" color={CLASSES[value] ?? 'default'}>
      {t(`class.${value as 'normal'}`)}
    </Tag>
  )
}
