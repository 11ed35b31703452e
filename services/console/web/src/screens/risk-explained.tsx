import { Card, Collapse, Table } from 'antd'
import { useCallback } from 'react'
import { useTranslation } from 'react-i18next'
import type { Risk } from '../api/client'
import { useLabels } from '../app/names'
import { Chart, type Palette } from '../kit/chart'
import { plainNumber, rounded } from '../kit/money-cell'
import { type Tone, Toned } from '../kit/status-tag'

type Record_ = Risk['DecisionRecordView']
type Category = Risk['CategoryRecordView']

interface Props {
  record: Record_
  sources: Risk['SourceAnswerView'][]
}

/** Why the grade is what it is: 5C, what drives the probability of default, what would help, the rules of entry. */
export default function RiskExplained({ record, sources }: Props) {
  const { t } = useTranslation()
  return (
    <div className="two">
      <Card title={`${t('detail.radar')} · ${rounded(record.score.five_c.total, 1)}`}>
        <Radar categories={record.score.five_c.categories} />
      </Card>
      <Card title={t('detail.factors')}>
        <Factors record={record} />
      </Card>
      <Card title={t('detail.counterfactuals')}>
        <Counterfactuals record={record} />
      </Card>
      <Card title={t('detail.knockOuts')}>
        <KnockOuts record={record} sources={sources} />
      </Card>
      <Indicators categories={record.score.five_c.categories} />
    </div>
  )
}

function Radar({ categories }: { categories: Category[] }) {
  const { t } = useTranslation()
  const name = (category: Category) => t(`five.${category.name as 'character'}`)
  const names = categories.map(name)
  const named = names.join('|')
  const option = useCallback(
    (palette: Palette) => ({
      radar: {
        radius: '66%',
        indicator: named.split('|').map(one => ({ name: one, max: 100 })),
        axisName: { color: palette.ink, fontSize: 14 },
        splitLine: { lineStyle: { color: palette.line } },
        axisLine: { lineStyle: { color: palette.line } },
        splitArea: { show: false },
      },
      series: [
        {
          type: 'radar',
          data: [{ value: categories.map(one => Number(one.points)) }],
          lineStyle: { color: palette.mark, width: 2 },
          itemStyle: { color: palette.mark },
          areaStyle: { color: palette.mark, opacity: 0.18 },
        },
      ],
    }),
    [categories, named],
  )
  return (
    <Chart
      label={t('detail.radar')}
      height={300}
      option={option}
      columns={[t('detail.radar'), t('field.points'), t('field.weight')]}
      rows={categories.map(one => [name(one), rounded(one.points, 1), `${one.weight}%`])}
    />
  )
}

const SHOWN = 10

function Factors({ record }: { record: Record_ }) {
  const { t } = useTranslation()
  const label = useLabels()
  const factors = record.contributions.filter(one => Number(one.log_odds_above_best) !== 0).slice(0, SHOWN)
  const names = factors.map(one => label(one.feature)).join('|')
  const option = useCallback(
    (palette: Palette) => ({
      grid: { left: 130, right: 50, top: 8, bottom: 8 },
      xAxis: { type: 'value', show: false },
      yAxis: {
        type: 'category',
        inverse: true,
        data: names.split('|'),
        axisLabel: { color: palette.ink, width: 120, overflow: 'truncate' },
        axisTick: { show: false },
        axisLine: { lineStyle: { color: palette.line } },
      },
      series: [
        {
          type: 'bar',
          barWidth: 14,
          data: factors.map(one => Number(one.log_odds_above_best)),
          itemStyle: { color: palette.warn, borderRadius: 3 },
          label: {
            show: true,
            position: 'right',
            color: palette.quiet,
            formatter: ({ value }: { value: number }) => value.toFixed(2),
          },
        },
      ],
    }),
    [factors, names],
  )
  return (
    <>
      <p className="quiet" style={{ marginTop: 0 }}>
        {t('detail.factorsNote')}
      </p>
      <Chart
        label={t('detail.factors')}
        height={290}
        option={option}
        columns={[t('field.name'), 'Δ log-odds']}
        rows={factors.map(one => [label(one.feature), rounded(one.log_odds_above_best, 3)])}
      />
    </>
  )
}

function Counterfactuals({ record }: { record: Record_ }) {
  const { t, i18n } = useTranslation()
  const label = useLabels()
  const helping = (record.counterfactuals ?? []).filter(one => one.grade)
  if (!helping.length) return <span className="quiet">{t('detail.noCounterfactuals')}</span>
  return (
    <ul style={{ margin: 0, paddingInlineStart: 20 }}>
      {helping.map(one => (
        <li key={one.feature} style={{ marginBottom: 6 }}>
          <strong>{label(one.feature)}</strong>{' '}
          <span className="number">
            {one.told && said(one.told)} → {one.needed && said(one.needed)}
          </span>{' '}
          <Toned tone="good">{`${record.score.grade} → ${one.grade}`}</Toned>
          <div className="quiet">{i18n.language === 'zh' ? one.zh : one.en}</div>
        </li>
      ))}
    </ul>
  )
}

/** A number to four places, another value as it is. */
function said(value: string): string {
  return /^-?\d+(\.\d+)?$/.test(value) ? plainNumber(rounded(value, 4)) : value
}

const RESULTS: Record<string, Tone> = { pass: 'good', refer: 'wait', decline: 'bad', unknown: 'rest' }

function KnockOuts({ record, sources }: Props) {
  const { t } = useTranslation()
  const label = useLabels()
  const telling = record.knock_outs.filter(one => one.result !== 'pass')
  const passed = record.knock_outs.length - telling.length
  return (
    <>
      <p style={{ marginTop: 0 }}>
        {t('decision.pass')} {passed} / {record.knock_outs.length}
      </p>
      {telling.map(one => (
        <p key={one.code}>
          <Toned tone={RESULTS[one.result] ?? 'rest'}>{t(`decision.${one.result}`)}</Toned>
          {label(one.code)} <span className="quiet">{one.code}</span>
        </p>
      ))}
      <p className="quiet">
        {t('detail.sources')}:{' '}
        {sources.map(one => `${t(`source.${one.source}`)} ${t(`source.${one.status}`)}`).join(' · ') || '—'}
      </p>
      <p className="quiet">
        {t('field.model')} {record.model_version} · {t('field.policy')} {record.policy_version} · {record.assessed_on}
      </p>
    </>
  )
}

function Indicators({ categories }: { categories: Category[] }) {
  const { t } = useTranslation()
  const label = useLabels()
  const rows = categories.flatMap(category =>
    category.indicators.map(indicator => ({ ...indicator, key: `${category.name}.${indicator.name}`, category })),
  )
  const table = (
    <Table
      size="small"
      pagination={false}
      dataSource={rows}
      aria-label={t('detail.indicators')}
      columns={[
        { title: '5C', key: 'category', render: (_, row) => t(`five.${row.category.name as 'character'}`) },
        { title: t('field.name'), key: 'name', render: (_, row) => label(row.name) },
        {
          title: t('field.value'),
          key: 'value',
          align: 'right',
          render: (_, row) => (
            <span className="number">
              {row.missing || row.value === null ? t('detail.missing') : rounded(row.value)}
            </span>
          ),
        },
        {
          title: t('field.points'),
          key: 'points',
          align: 'right',
          render: (_, row) => <span className="number">{plainNumber(row.points, 0)}</span>,
        },
      ]}
    />
  )
  return <Collapse items={[{ key: 'indicators', label: t('detail.indicators'), children: table }]} />
}
