import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { zh } from '../locales/zh'

export type Status = keyof typeof zh.status
export type Tone = 'good' | 'wait' | 'go' | 'bad' | 'rest'

const TONES: Partial<Record<Status, Tone>> = {
  submitted: 'go',
  in_review: 'wait',
  recommended: 'wait',
  requested: 'wait',
  billed: 'wait',
  offered: 'go',
  accepted: 'go',
  signed: 'go',
  instructed: 'go',
  unknown: 'bad',
  failed: 'bad',
  disbursement_failed: 'bad',
  overdue: 'bad',
  written_off: 'bad',
  declined: 'bad',
  disbursed: 'good',
  open: 'good',
  paid: 'good',
}

/** Words on a ground whose colour says the same, never alone; their contrast holds in both shades. */
export function Toned({ tone, children }: { tone: Tone; children: ReactNode }) {
  return <span className={`tone tone-${tone}`}>{children}</span>
}

/** A status in words. */
export function StatusTag({ status }: { status: string }) {
  const { t } = useTranslation()
  const known = status as Status
  return <Toned tone={TONES[known] ?? 'rest'}>{t(`status.${known}`)}</Toned>
}

const CLASSES: Record<string, Tone> = {
  normal: 'good',
  special_mention: 'wait',
  substandard: 'wait',
  doubtful: 'bad',
  loss: 'bad',
}

/** The regulator's five classes. */
export function ClassTag({ value }: { value: string | null | undefined }) {
  const { t } = useTranslation()
  if (!value) return <>—</>
  return <Toned tone={CLASSES[value] ?? 'rest'}>{t(`class.${value as 'normal'}`)}</Toned>
}
