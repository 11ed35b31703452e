import { Card, Descriptions } from 'antd'
import { useCallback } from 'react'
import { useTranslation } from 'react-i18next'
import type { Risk } from '../api/client'
import { Chart, type Palette } from '../kit/chart'
import { MoneyCell, Percent, rounded } from '../kit/money-cell'

interface Props {
  price: Risk['PriceRecordView']
  byRisk: Risk['RiskPriceRecordView']
}

const BPS = 100

/** How the rate was made, step by step from the benchmark, and beside it what the risk alone would ask. */
export default function PriceExplained({ price, byRisk }: Props) {
  const { t } = useTranslation()
  const steps: [string, number][] = [
    [t('detail.benchmark'), Number(price.benchmark_percent)],
    [t('detail.gradeSpread'), price.grade_spread_bps / BPS],
    [t('detail.termSpread'), price.term_spread_bps / BPS],
    [t('detail.collateralSpread'), price.collateral_spread_bps / BPS],
  ]
  const made = steps.reduce((known, [, step]) => known + step, 0)
  const final = Number(price.annual_rate_percent)
  if (price.bound) steps.push([t('detail.bound'), final - made])
  const named = steps.map(([name, step]) => `${name}=${step}`).join('|')
  const last = t('detail.finalRate')
  const floorLabel = price.floor_percent ? t('detail.floor', { rate: price.floor_percent }) : ''
  const option = useCallback(
    (palette: Palette) => {
      const parts = named.split('|').map(one => one.split('='))
      let reached = 0
      const bars = parts.map(([name = '', step = '0'], index) => {
        const from = index ? reached : 0
        reached = from + Number(step)
        return { name, base: Math.min(from, reached), size: Math.abs(Number(step)), step: Number(step) }
      })
      return {
        grid: { left: 44, right: 16, top: 24, bottom: 28 },
        tooltip: { show: false },
        xAxis: {
          type: 'category',
          data: [...bars.map(bar => bar.name), last],
          axisLabel: { color: palette.ink, interval: 0 },
          axisTick: { show: false },
          axisLine: { lineStyle: { color: palette.line } },
        },
        yAxis: {
          type: 'value',
          axisLabel: { color: palette.quiet, formatter: '{value}%' },
          splitLine: { lineStyle: { color: palette.line } },
        },
        series: [
          {
            type: 'bar',
            stack: 'rate',
            silent: true,
            itemStyle: { color: 'transparent' },
            data: [...bars.map(bar => bar.base), 0],
          },
          {
            type: 'bar',
            stack: 'rate',
            barWidth: '52%',
            label: {
              show: true,
              position: 'top',
              color: palette.ink,
              formatter: ({ dataIndex }: { dataIndex: number }) => {
                const bar = bars[dataIndex]
                if (!bar) return `${final}%`
                return dataIndex ? `${bar.step >= 0 ? '+' : '−'}${Math.abs(bar.step).toFixed(2)}` : `${bar.step}%`
              },
            },
            data: [
              ...bars.map((bar, index) => ({
                value: bar.size,
                itemStyle: {
                  color: index ? (bar.step >= 0 ? palette.warn : palette.good) : palette.soft,
                  borderRadius: 2,
                },
              })),
              { value: final, itemStyle: { color: palette.mark, borderRadius: 2 } },
            ],
            ...(price.floor_percent && {
              markLine: {
                symbol: 'none',
                lineStyle: { color: palette.quiet, type: 'dashed' },
                label: { formatter: floorLabel, position: 'insideMiddleTop', color: palette.quiet },
                data: [{ yAxis: Number(price.floor_percent) }],
              },
            }),
          },
        ],
      }
    },
    [named, last, final, floorLabel, price.floor_percent],
  )
  return (
    <div className="two">
      <Card title={`${t('detail.waterfall')} · ${rounded(price.annual_rate_percent)}%`}>
        <Chart
          label={t('detail.waterfall')}
          height={320}
          option={option}
          columns={[t('field.name'), '%']}
          rows={[...steps.map(([name, step]) => [name, step.toFixed(2)]), [last, rounded(price.annual_rate_percent)]]}
        />
      </Card>
      <Card title={t('detail.riskPrice')}>
        <Descriptions
          column={1}
          size="small"
          items={[
            { key: 'rate', label: t('field.rate'), children: <Percent value={byRisk.rate_percent} /> },
            { key: 'funding', label: t('detail.funding'), children: <Percent value={byRisk.funding_percent} /> },
            { key: 'operating', label: t('detail.operating'), children: <Percent value={byRisk.operating_percent} /> },
            {
              key: 'loss',
              label: t('detail.expectedLoss'),
              children: <Percent value={byRisk.expected_loss_percent} />,
            },
            { key: 'capital', label: t('detail.capital'), children: <Percent value={byRisk.capital_charge_percent} /> },
            { key: 'raroc', label: t('detail.raroc'), children: <Percent value={byRisk.raroc_percent} /> },
            { key: 'ecl', label: 'ECL', children: <MoneyCell value={byRisk.expected_credit_loss} /> },
          ]}
        />
      </Card>
    </div>
  )
}
