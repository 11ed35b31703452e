import type { Money } from '../api/client'
import { shown } from '../api/money'

/** An amount, aligned by its digits; a dash where there is none. */
export function MoneyCell({ value }: { value: Money | null | undefined }) {
  return <span className="number">{value ? shown(value) : '—'}</span>
}

/** A percentage to two places, in full for whoever points at it. */
export function Percent({ value }: { value: string | null | undefined }) {
  if (value == null) return <span className="number">—</span>
  return (
    <span className="number" title={`${value}%`}>
      {rounded(value)}%
    </span>
  )
}

/** A decimal text to so many places, half up; never by way of a floating-point number. */
export function rounded(text: string, places = 2): string {
  const negative = text.startsWith('-')
  const [whole = '0', part = ''] = text.replace('-', '').split('.')
  const digits = `${whole}${part.padEnd(places + 1, '0').slice(0, places + 1)}`
  const value = String((BigInt(digits) + 5n) / 10n).padStart(places + 1, '0')
  const point = places ? `${value.slice(0, -places)}.${value.slice(-places)}` : value
  return negative && /[1-9]/.test(point) ? `−${point}` : point
}

/** A decimal text without the zeros at its end: two places of a percentage stay. */
export function plainNumber(text: string, places = 2): string {
  const [whole = '0', part = ''] = text.split('.')
  const trimmed = part.replace(/0+$/, '').padEnd(Math.min(places, part.length), '0')
  return trimmed ? `${whole}.${trimmed}` : whole
}
