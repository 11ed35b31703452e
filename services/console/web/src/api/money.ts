// Money is text from end to end: it is shown, added and compared without ever becoming a floating-point number.
import type { Money } from './client'

const SYMBOLS: Record<string, string> = { CNY: '¥', USD: '$', EUR: '€', HKD: 'HK$', GBP: '£', JPY: 'JP¥' }

function grouped(whole: string): string {
  return whole.replace(/\B(?=(\d{3})+(?!\d))/g, ',')
}

/** `¥1,234,567.89`. */
export function shown(money: Money): string {
  const negative = money.amount.startsWith('-')
  const [whole = '0', part] = money.amount.replace('-', '').split('.')
  const symbol = SYMBOLS[money.currency ?? 'CNY'] ?? `${money.currency} `
  return `${negative ? '−' : ''}${symbol}${grouped(whole)}${part ? `.${part}` : ''}`
}

/** To the nearest wan or thousand, for headings where the fen would only be noise. */
export function rough(money: Money, zh: boolean): string {
  const whole = BigInt(money.amount.split('.')[0] || '0')
  const symbol = SYMBOLS[money.currency ?? 'CNY'] ?? ''
  const unit = zh ? 10_000n : 1_000n
  if (whole < unit) return shown({ ...money, amount: String(whole) })
  const tenths = (whole * 10n + unit / 2n) / unit
  const text = tenths % 10n ? `${grouped(String(tenths / 10n))}.${tenths % 10n}` : grouped(String(tenths / 10n))
  return `${symbol}${text}${zh ? ' 万' : 'k'}`
}

function minor(amount: string): bigint {
  const negative = amount.startsWith('-')
  const [whole = '0', part = ''] = amount.replace('-', '').split('.')
  const value = BigInt(whole) * 100n + BigInt(part.padEnd(2, '0').slice(0, 2))
  return negative ? -value : value
}

/** The sum of amounts in one currency; yuan where there are none. */
export function sum(all: Money[]): Money {
  const total = all.reduce((known, one) => known + minor(one.amount), 0n)
  const digits = String(total < 0n ? -total : total).padStart(3, '0')
  return {
    currency: all[0]?.currency ?? 'CNY',
    amount: `${total < 0n ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`,
  }
}

/** For the length of a bar only: a picture may round, a figure may not. */
export function forPicture(money: Money): number {
  return Number(money.amount)
}

/** What people type, as the services read it: full-width digits, separators and 万 are understood. */
export function typed(text: string): string {
  const narrow = text.normalize('NFKC').replace(/[,\s¥_']/g, '')
  const wan = narrow.match(/^(\d+)(?:\.(\d{1,4}))?万元?$/)
  return wan
    ? String(BigInt(wan[1] ?? '0') * 10_000n + BigInt((wan[2] ?? '').padEnd(4, '0')))
    : narrow.replace(/元$/, '')
}
