import type { Money } from '../api/client'
import { shown } from '../api/money'

/** An amount, aligned by its digits; a dash where there is none. */
export function MoneyCell({ value }: { value: Money | null | undefined }) {
  return <span className="number">{value ? shown(value) : '—'}</span>
}

/** A percentage as it was decided, without zeros that say nothing. */
export function Percent({ value }: { value: string | null | undefined }) {
  return <span className="number">{value == null ? '—' : `${plainNumber(value)}%`}</span>
}

/** A decimal text without the zeros at its end: two places of a percentage stay. */
export function plainNumber(text: string, places = 2): string {
  const [whole = '0', part = ''] = text.split('.')
  const trimmed = part.replace(/0+$/, '').padEnd(Math.min(places, part.length), '0')
  return trimmed ? `${whole}.${trimmed}` : whole
}
