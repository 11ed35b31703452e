import { Card, Descriptions } from 'antd'
import { useCallback } from 'react'
import { useTranslation } from 'react-i18next'
import type { Risk } from '../api/client'
import { forPicture, shown } from '../api/money'
import { Chart, type Palette } from '../kit/chart'
import { MoneyCell, Percent, rounded } from '../kit/money-cell'

type Limit = Risk['LimitRecordView']

/** Every method's amount as a bar, cut where it says nothing more, and the lowest, which binds, by name. */
export default function LimitExplained({ limit }: { limit: Limit }) {
  const { t } = useTranslation()
  const method = (name: string) => t(`limitMethod.${name as 'requested'}`)
  const measured = limit.candidates.filter(one => one.amount !== null)
  const names = measured.map(one => method(one.method)).join('|')
  const option = useCallback(
    (palette: Palette) => {
      // A cap of a hundred million would press every bar that matters flat.
      const most = 6 * Math.max(forPicture(limit.amount), 1)
      return {
        grid: { left: 130, right: 130, top: 8, bottom: 8 },
        xAxis: { type: 'value', show: false, max: most },
        yAxis: {
          type: 'category',
          inverse: true,
          data: names.split('|'),
          axisLabel: { color: palette.ink },
          axisTick: { show: false },
          axisLine: { lineStyle: { color: palette.line } },
        },
        series: [
          {
            type: 'bar',
            barWidth: 16,
            data: measured.map(one => ({
              value: one.amount ? Math.min(forPicture(one.amount), most) : 0,
              label: {
                show: true,
                position: 'right',
                color: one.method === limit.binding ? palette.warn : palette.quiet,
                formatter: one.amount ? shown(one.amount) : '',
              },
              itemStyle: { color: one.method === limit.binding ? palette.warn : palette.soft, borderRadius: 3 },
            })),
          },
        ],
      }
    },
    [limit, measured, names],
  )
  const need = limit.need
  return (
    <div className="two">
      <Card title={`${t('detail.limit')} · ${shown(limit.amount)}`}>
        <p style={{ marginTop: 0 }}>
          <strong>{t('detail.bindingNote', { method: method(limit.binding) })}</strong>
        </p>
        <Chart
          label={t('detail.limit')}
          height={34 * measured.length + 20}
          option={option}
          columns={[t('field.name'), t('field.amount')]}
          rows={limit.candidates.map(one => [
            method(one.method) + (one.method === limit.binding ? ` (${t('detail.binding')})` : ''),
            one.amount ? shown(one.amount) : t('detail.notApplicable'),
          ])}
        />
      </Card>
      {need && (
        <Card title={t('limitMethod.working_capital_need')}>
          <Descriptions
            column={1}
            size="small"
            items={[
              { key: 'method', label: t('field.policy'), children: need.method },
              { key: 'growth', label: t('form.growth'), children: <Percent value={need.growth_percent} /> },
              {
                key: 'turnover',
                label: t('limitMethod.turnover'),
                children: need.turnover ? rounded(need.turnover) : '—',
              },
              { key: 'need', label: t('limitMethod.need'), children: <MoneyCell value={need.need} /> },
              { key: 'own', label: t('limitMethod.own_funds'), children: <MoneyCell value={need.own_funds} /> },
              { key: 'raw', label: t('field.limit'), children: <MoneyCell value={need.raw_limit} /> },
            ]}
          />
        </Card>
      )}
    </div>
  )
}
