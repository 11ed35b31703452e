import { Alert, Button, DatePicker, Space } from 'antd'
import dayjs from 'dayjs'
import { useTranslation } from 'react-i18next'

interface Props {
  value: string | undefined
  first: string
  last: string
  change: (to: string | undefined) => void
}

/** The page at the end of an earlier business date; it says so for as long as it is not now. */
export function AsOfBar({ value, first, last, change }: Props) {
  const { t } = useTranslation()
  const picker = (
    <DatePicker
      aria-label={t('asOf.label')}
      placeholder={t('asOf.now')}
      value={value ? dayjs(value) : null}
      minDate={dayjs(first)}
      maxDate={dayjs(last)}
      onChange={picked => change(picked ? picked.format('YYYY-MM-DD') : undefined)}
    />
  )
  if (!value) {
    return (
      <Space>
        <span className="quiet">{t('asOf.label')}</span>
        {picker}
      </Space>
    )
  }
  return (
    <Alert
      type="warning"
      showIcon
      title={t('asOf.past', { date: value })}
      action={
        <Space>
          {picker}
          <Button size="small" onClick={() => change(undefined)}>
            {t('asOf.back')}
          </Button>
        </Space>
      }
    />
  )
}
