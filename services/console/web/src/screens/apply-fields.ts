// What each segment is asked, in the order in which officers have it before them.
import type { Application } from '../api/client'

export const STATEMENT = [
  'revenue',
  'cost_of_sales',
  'operating_profit',
  'net_profit',
  'interest_expense',
  'depreciation',
  'cash',
  'receivables',
  'prepayments',
  'inventory',
  'current_assets',
  'total_assets',
  'payables',
  'advance_receipts',
  'current_liabilities',
  'long_term_liabilities',
  'total_liabilities',
  'equity',
] as const

/** Lines that a statement may leave out. */
export const OPTIONAL = new Set<string>([
  'interest_expense',
  'depreciation',
  'prepayments',
  'advance_receipts',
  'long_term_liabilities',
  'equity',
])

export const INDUSTRIES = [
  'agriculture',
  'mining_of_coal',
  'mining',
  'manufacturing',
  'utilities',
  'construction',
  'wholesale',
  'retail',
  'transport',
  'accommodation',
  'catering',
  'information_technology',
  'finance',
  'real_estate',
  'business_services',
  'technical_services',
  'public_facilities',
  'personal_services',
  'education',
  'health',
  'culture_and_sports',
  'local_government_financing',
] as const satisfies readonly Application['Company-Input']['industry'][]

export const PURPOSES = [
  'purchase_of_goods',
  'wages',
  'rent',
  'utilities',
  'taxes',
  'services',
  'operating_costs',
  'fixed_assets',
  'real_estate',
  'equity',
  'financial_assets',
  'dividends',
] as const satisfies readonly Application['ApplicationBody']['purpose'][]

export const GRADES = ['R1', 'R2', 'R3', 'R4', 'R5', 'R6', 'R7', 'R8', 'R9'] as const

export const JOBS = ['fixed', 'partime', 'freelance', 'others'] as const
export const HOMES = ['owner', 'rent', 'parents', 'private', 'other', 'ignore'] as const

/** Fields that hold money, wherever they stand in the form. */
const MONEY = new Set<string>([
  ...STATEMENT,
  'requested_amount',
  'existing_working_capital_loans',
  'existing_loans',
  'other_funding',
  'turnover_by_account',
  'turnover_by_tax',
  'turnover_by_invoices',
  'monthly_income',
  'monthly_expenses',
  'assets',
  'debts',
  'confirmed_receivables',
  'amount',
])

/** Fields that hold whole numbers. */
const WHOLE = new Set(['year', 'years_in_business', 'employees', 'seniority_years', 'term_months'])

/** The form as the service reads it: amounts as money, counts as numbers, what was left empty left out. */
export function asRequest(node: unknown, field: string, money: (text: string) => string): unknown {
  if (Array.isArray(node)) return node.map(one => asRequest(one, field, money))
  if (node !== null && typeof node === 'object') {
    const entries = Object.entries(node)
      .map(([name, value]) => [name, asRequest(value, name, money)] as const)
      .filter(([, value]) => value !== undefined)
    return entries.length ? Object.fromEntries(entries) : undefined
  }
  if (node === undefined || node === null || node === '') return undefined
  if (typeof node !== 'string') return node
  if (MONEY.has(field)) return { amount: money(node) }
  const text = node.normalize('NFKC').trim()
  if (WHOLE.has(field)) return /^\d+$/.test(text) ? Number(text) : text
  return text
}

/** Where a service's complaint belongs in the form: `company.latest.revenue` → its field's path. */
export function placeOf(field: string): (string | number)[] {
  return field
    .replace(/\.(amount|currency)$/, '')
    .split('.')
    .filter(part => part !== 'body')
    .map(part => (/^\d+$/.test(part) ? Number(part) : part))
}
