import { useCallback } from 'react'
import { useTranslation } from 'react-i18next'
import type { Repayment } from '../api/client'
import { forPicture, shown } from '../api/money'
import { Chart, type Palette } from '../kit/chart'

type Row = Repayment['ScheduleRow']

/** What each instalment asks for, and what of it has been paid. */
export default function ScheduleChart({ rows }: { rows: Row[] }) {
  const { t } = useTranslation()
  const paid = t('loans.paidPart')
  const principal = t('loans.duePrincipal')
  const interest = t('loans.dueInterest')
  const option = useCallback(
    (palette: Palette) => {
      const series = (name: string, color: string, value: (row: Row) => number) => ({
        name,
        type: 'bar',
        stack: 'all',
        color,
        data: rows.map(value),
      })
      return {
        grid: { left: 70, right: 16, top: 34, bottom: 28 },
        legend: { top: 0, left: 0, textStyle: { color: palette.quiet } },
        tooltip: { renderMode: 'richText', trigger: 'axis' },
        xAxis: {
          type: 'category',
          data: rows.map(row => row.due_on),
          axisLabel: { color: palette.quiet },
          axisLine: { lineStyle: { color: palette.line } },
        },
        yAxis: {
          type: 'value',
          axisLabel: { color: palette.quiet },
          splitLine: { lineStyle: { color: palette.line } },
        },
        series: [
          series(paid, palette.soft, row => forPicture(row.principal_paid) + forPicture(row.interest_paid)),
          series(principal, palette.mark, row => forPicture(row.principal) - forPicture(row.principal_paid)),
          series(interest, palette.warn, row => forPicture(row.interest) - forPicture(row.interest_paid)),
        ],
      }
    },
    [rows, paid, principal, interest],
  )
  return (
    <Chart
      label={t('loans.chart')}
      height={240}
      option={option}
      columns={[t('field.dueOn'), t('field.principal'), t('field.interest'), t('field.paid')]}
      rows={rows.map(row => [
        row.due_on,
        shown(row.principal),
        shown(row.interest),
        `${shown(row.principal_paid)} + ${shown(row.interest_paid)}`,
      ])}
    />
  )
}
