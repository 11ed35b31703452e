import { Segmented, Table } from 'antd'
import { BarChart, LineChart, RadarChart } from 'echarts/charts'
import { GridComponent, LegendComponent, MarkLineComponent, RadarComponent, TooltipComponent } from 'echarts/components'
import * as echarts from 'echarts/core'
import { CanvasRenderer } from 'echarts/renderers'
import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useShade } from '../app/preferences'
import { FONT } from '../app/theme'

echarts.use([
  BarChart,
  LineChart,
  RadarChart,
  GridComponent,
  LegendComponent,
  MarkLineComponent,
  RadarComponent,
  TooltipComponent,
  CanvasRenderer,
])

export interface Palette {
  ink: string
  quiet: string
  line: string
  mark: string
  soft: string
  warn: string
  good: string
}

const LIGHT: Palette = {
  ink: '#16202c',
  quiet: '#56626f',
  line: '#d9e0e7',
  mark: '#0b6e5f',
  soft: '#9cc7bf',
  warn: '#b4530a',
  good: '#2f7d32',
}
const DARK: Palette = {
  ink: '#e6ebf0',
  quiet: '#9aa7b5',
  line: '#2b3540',
  mark: '#4cc3ad',
  soft: '#2f6f65',
  warn: '#f0a35e',
  good: '#7bc77e',
}

interface Props {
  label: string
  height: number
  option: (palette: Palette) => echarts.EChartsCoreOption
  /** The same figures as a table: first column names, others values. */
  columns: string[]
  rows: string[][]
}

/** A picture with its table twin, for whoever reads figures better than bars, or cannot see either. */
export function Chart({ label, height, option, columns, rows }: Props) {
  const { t } = useTranslation()
  const shade = useShade()
  const holder = useRef<HTMLDivElement>(null)
  const [view, setView] = useState<'picture' | 'table'>('picture')
  useEffect(() => {
    if (view !== 'picture' || !holder.current) return
    const chart = echarts.init(holder.current)
    // An HTML tooltip would bring inline styles, which the page's policy forbids.
    chart.setOption({
      animation: !matchMedia('(prefers-reduced-motion: reduce)').matches,
      textStyle: { fontFamily: FONT, fontSize: 13 },
      tooltip: { renderMode: 'richText', confine: true },
      ...option(shade === 'dark' ? DARK : LIGHT),
    })
    const watch = new ResizeObserver(() => chart.resize())
    watch.observe(holder.current)
    return () => {
      watch.disconnect()
      chart.dispose()
    }
  }, [option, shade, view])
  return (
    <figure style={{ margin: 0 }}>
      <div style={{ textAlign: 'right' }}>
        <Segmented
          size="small"
          aria-label={label}
          value={view}
          onChange={setView}
          options={[
            { value: 'picture', label: t('chart.picture') },
            { value: 'table', label: t('chart.table') },
          ]}
        />
      </div>
      {view === 'picture' ? (
        <div
          ref={holder}
          role="img"
          aria-label={`${label}: ${rows.map(row => row.join(' ')).join('; ')}`}
          style={{ height }}
        />
      ) : (
        <Table
          size="small"
          aria-label={label}
          pagination={false}
          rowKey={row => row.join('|')}
          dataSource={rows}
          columns={columns.map((title, index) => ({
            title,
            key: title,
            align: index ? ('right' as const) : ('left' as const),
            render: (_: unknown, row: string[]) => <span className={index ? 'number' : ''}>{row[index]}</span>,
          }))}
        />
      )}
    </figure>
  )
}
