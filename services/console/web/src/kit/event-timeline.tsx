import { Timeline } from 'antd'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { eventName } from './event-names'

export interface Happening {
  key: string
  what: string
  on: string
  at: string
  actor: string
  details: Record<string, unknown>
  more?: ReactNode
}

/** Facts in the order in which they were recorded, the newest first; each opens to what it says. */
export function EventTimeline({ happenings }: { happenings: Happening[] }) {
  const { i18n } = useTranslation()
  const items = [...happenings].reverse().map(one => ({
    key: one.key,
    title: (
      <span className="number" title={new Date(one.at).toLocaleString()}>
        {one.on}
      </span>
    ),
    content: (
      <details>
        <summary>
          <strong>{eventName(one.what, i18n.language)}</strong> <span className="quiet">{one.actor}</span>
        </summary>
        {one.more}
        <pre className="json">{JSON.stringify(one.details, null, 2)}</pre>
      </details>
    ),
  }))
  return <Timeline items={items} />
}
