// Calls of the five services, typed by their OpenAPI documents, through the console's own server.
import createClient, { type Middleware } from 'openapi-fetch'
import type { paths as ApplicationPaths, components as ApplicationSchemas } from './generated/application'
import type { paths as DisbursementPaths, components as DisbursementSchemas } from './generated/disbursement'
import type { paths as RepaymentPaths, components as RepaymentSchemas } from './generated/repayment'
import type { paths as RiskPaths, components as RiskSchemas } from './generated/risk'

export type Application = ApplicationSchemas['schemas']
export type Risk = RiskSchemas['schemas']
export type Disbursement = DisbursementSchemas['schemas']
export type Repayment = RepaymentSchemas['schemas']

export interface Money {
  currency?: string
  amount: string
}

export interface FieldProblem {
  field: string
  rule: string
  detail: string
}

/** What a service refused, as it said it. `code` is stable, `detail` is for people. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string,
    readonly errors: FieldProblem[],
  ) {
    super(`${status} ${code}: ${detail}`)
  }
}

let onSignedOut: () => void = () => {}
/** What to do when the session is found to be over; whatever was being filled in stays on the page. */
export function whenSignedOut(act: () => void): void {
  onSignedOut = act
}

async function refuse(response: Response): Promise<Problem> {
  const said = await response
    .clone()
    .json()
    .catch(() => ({}))
  const code = String(said.type ?? '')
    .split(':')
    .at(-1)
  const problem = new Problem(
    response.status,
    code || 'unreadable',
    said.detail ?? response.statusText,
    said.errors ?? [],
  )
  if (problem.code === 'signed-out') onSignedOut()
  return problem
}

const refusing: Middleware = {
  async onResponse({ response }) {
    if (!response.ok) throw await refuse(response)
    return response
  },
  onError() {
    throw new Problem(0, 'console-away', 'The console does not answer.', [])
  },
}

const base = '/console/api'
export const application = createClient<ApplicationPaths>({ baseUrl: `${base}/application` })
export const risk = createClient<RiskPaths>({ baseUrl: `${base}/risk` })
export const disbursement = createClient<DisbursementPaths>({ baseUrl: `${base}/disbursement` })
export const repayment = createClient<RepaymentPaths>({ baseUrl: `${base}/repayment` })
for (const client of [application, risk, disbursement, repayment]) client.use(refusing)

/** The answer's body: a failure has been thrown before. */
export async function read<T>(asked: Promise<{ data?: T }>): Promise<T> {
  const { data } = await asked
  if (data === undefined) throw new Problem(0, 'unreadable', 'The answer is empty.', [])
  return data
}

async function own<T>(path: string, init?: RequestInit): Promise<T> {
  const response = await fetch(`${base}/${path}`, init).catch(() => {
    throw new Problem(0, 'console-away', 'The console does not answer.', [])
  })
  if (!response.ok) throw await refuse(response)
  return response.json()
}

export interface SignedIn {
  person: string
  name: string
  roles: string[]
  branch: string
  branches: string[]
  home: string
  operations: Record<string, string[]>
  sandbox: boolean
  ends_at: number
}

export interface Action {
  name: string
  allowed: boolean
  code: string
  because: string
}

export interface Standing {
  service: string
  away: string
  business_date: string | null
  facts: number
  lag: number
  slowest: string
  parked: number
  delayed: number
  failing: Record<string, string>
}

export interface Found {
  kind: string
  id: string
  title: string
  page: string
}

export interface Parked {
  handler: string
  event_id: string
  stream_id: string
  version: number
  error: string
  attempts: number
  at: string
}

export const console_ = {
  session: () => own<SignedIn>('session'),
  health: () => own<Standing[]>('health'),
  search: (text: string) => own<Found[]>(`search?text=${encodeURIComponent(text)}`),
  labels: () => own<Record<string, { zh: string; en: string }>>('labels'),
  names: (ids: string[]) => own<Record<string, string>>(`names?${ids.map(id => `borrower=${id}`).join('&')}`),
  actionsOfApplication: (id: string) => own<Action[]>(`actions/applications/${id}`),
  actionsOfDrawdown: (contract: string, id: string) => own<Action[]>(`actions/drawdowns/${contract}/${id}`),
  parked: (service: string) => own<{ items: Parked[]; next: string | null }>(`${service}/internal/parked`),
  redrive: (service: string, handler: string, stream_id: string) =>
    own<Record<string, number>>(`${service}/internal/parked/redrive`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'Idempotency-Key': newKey() },
      body: JSON.stringify({ handler, stream_id }),
    }),
  advance: (days: number) =>
    own<{ business_date: string; days: number; parked: number }>('sandbox/clock/advance', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ days }),
    }),
}

/** One key for one intent: pressed twice or sent again, it is done once. */
export function newKey(): string {
  return crypto.randomUUID()
}
