import { Link } from '@tanstack/react-router'
import { Button, Empty, Segmented, Skeleton, Switch } from 'antd'
import dayjs from 'dayjs'
import { lazy, Suspense, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { type Application, application, read } from '../api/client'
import { rough, sum } from '../api/money'
import { useBusinessDate } from '../app/clock-chip'
import { useNames } from '../app/names'
import { usePages } from '../app/pages'
import { useMay } from '../app/session'
import { Loaded } from '../kit/loaded'
import { PageHead } from '../kit/page-head'
import { type Status, Toned } from '../kit/status-tag'

// The table weighs as much as all else on this page: it comes when the list is asked for.
const PipelineList = lazy(() => import('./pipeline-list'))

type Row = Application['ApplicationRow']

const STAGES: Status[] = ['submitted', 'in_review', 'recommended', 'offered', 'accepted', 'signed', 'disbursed']
const FINISHED = new Set(['declined', 'withdrawn', 'offer_expired', 'disbursement_failed', 'settled', 'written_off'])
const LOOK_MS = 10_000

export function Pipeline() {
  const { t } = useTranslation()
  const may = useMay()
  const [view, setView] = useState<'board' | 'list'>('board')
  const [segment, setSegment] = useState('')
  const [ended, setEnded] = useState(false)
  const list = usePages(
    ['applications'],
    after => read(application.GET('/v1/applications', { params: { query: { limit: 200, ...(after && { after }) } } })),
    { whole: true, everyMs: LOOK_MS },
  )
  const rows = list.rows.filter(row => !segment || row.segment === segment)
  return (
    <>
      <PageHead title={t('pipeline.title')}>
        <Segmented
          aria-label={t('pipeline.title')}
          value={view}
          onChange={setView}
          options={[
            { value: 'board', label: t('pipeline.board') },
            { value: 'list', label: t('pipeline.list') },
          ]}
        />
        <Segmented
          aria-label={t('field.segment')}
          value={segment}
          onChange={setSegment}
          options={[
            { value: '', label: t('pipeline.all') },
            ...(['company', 'small_firm', 'person', 'supply_chain'] as const).map(value => ({
              value,
              label: t(`segment.${value}`),
            })),
          ]}
        />
        {view === 'board' && (
          <>
            <Switch id="ended" size="small" checked={ended} onChange={setEnded} />
            <label htmlFor="ended">{t('pipeline.ended')}</label>
          </>
        )}
        <span className="grow" />
        {may('application', 'submit_application') && (
          <Link to="/applications/new">
            <Button type="primary" tabIndex={-1}>
              {t('nav.apply')}
            </Button>
          </Link>
        )}
      </PageHead>
      <Loaded query={list.query}>
        {() => (
          <Suspense fallback={<Skeleton active />}>
            {view === 'board' ? <Board rows={rows} ended={ended} /> : <PipelineList rows={rows} />}
          </Suspense>
        )}
      </Loaded>
    </>
  )
}

function Board({ rows, ended }: { rows: Row[]; ended: boolean }) {
  const { t } = useTranslation()
  const name = useNames(rows.map(row => row.borrower_id))
  if (!rows.length) {
    return (
      <Empty
        image={Empty.PRESENTED_IMAGE_SIMPLE}
        description={
          <>
            <strong>{t('pipeline.empty')}</strong>
            <div className="quiet">{t('pipeline.emptyNote')}</div>
          </>
        }
      />
    )
  }
  const columns: [Status, Row[]][] = STAGES.map(stage => [stage, rows.filter(row => row.status === stage)])
  if (ended) columns.push(['ended', rows.filter(row => FINISHED.has(row.status))])
  return (
    <div
      className="board"
      style={{ gridTemplateColumns: columns.map(([, inside]) => (inside.length ? WIDE : NARROW)).join(' ') }}
    >
      {columns.map(([stage, inside]) => (
        <Column key={stage} stage={stage} rows={inside} name={name} />
      ))}
    </div>
  )
}

// What holds nothing takes little room, so that what holds something is seen without scrolling.
const WIDE = 'minmax(196px, 1fr)'
const NARROW = 'minmax(92px, 0.3fr)'

function Column({ stage, rows, name }: { stage: Status; rows: Row[]; name: (id: string) => string }) {
  const { t, i18n } = useTranslation()
  const total = sum(rows.map(row => row.granted ?? row.requested_amount))
  return (
    <section className={rows.length ? 'column' : 'column column-empty'} aria-label={t(`status.${stage}`)}>
      <div className="column-head">
        <h2>
          {t(`status.${stage}`)} <span className="quiet">{rows.length}</span>
        </h2>
        <span className="quiet number">
          {rows.length ? rough(total, i18n.language === 'zh') : t('pipeline.noneHere')}
        </span>
      </div>
      <div className="column-cards">
        {[...rows].reverse().map(row => (
          <Ticket key={row.application_id} row={row} name={name(row.borrower_id)} />
        ))}
      </div>
    </section>
  )
}

const WAITING = new Set(['submitted', 'in_review', 'recommended', 'offered', 'accepted', 'signed'])

function Ticket({ row, name }: { row: Row; name: string }) {
  const { t, i18n } = useTranslation()
  const { data: today } = useBusinessDate()
  const days = today ? dayjs(today.on).diff(row.submitted_on, 'day') : 0
  return (
    <Link className="ticket" to="/applications/$id" params={{ id: row.application_id }}>
      <div className="ticket-line">
        <span className="ticket-name" title={name}>
          {name}
        </span>
        {row.grade && <Toned tone="rest">{row.grade}</Toned>}
      </div>
      <div className="ticket-line">
        <span className="number">{rough(row.granted ?? row.requested_amount, i18n.language === 'zh')}</span>
        <span className="quiet">
          {WAITING.has(row.status) ? t('field.days', { n: days }) : FINISHED.has(row.status) && <Ended row={row} />}
        </span>
      </div>
      <div className="ticket-line quiet">
        <span>{t(`segment.${row.segment}`)}</span>
        <span>{t('field.months', { n: row.term_months })}</span>
      </div>
    </Link>
  )
}

function Ended({ row }: { row: Row }) {
  const { t } = useTranslation()
  return <>{t(`status.${row.status as Status}`)}</>
}
