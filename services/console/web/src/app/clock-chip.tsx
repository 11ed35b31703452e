// The bank's business date, which is not the clock's; in a sandbox operators move it on from here.
import { CalendarOutlined } from '@ant-design/icons'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { App, Button, Dropdown, Tag } from 'antd'
import { useTranslation } from 'react-i18next'
import { console_, read, repayment } from '../api/client'
import { useSaid } from '../kit/problem'
import { useMay, useSession } from './session'

const LOOK_MS = 15_000

/** The business date as repayment keeps it. */
export function useBusinessDate() {
  const may = useMay()
  return useQuery({
    queryKey: ['business-date'],
    queryFn: () => read(repayment.GET('/v1/business-date')),
    enabled: may('repayment', 'read_business_date'),
    refetchInterval: LOOK_MS,
  })
}

export function ClockChip() {
  const { t } = useTranslation()
  const { sandbox } = useSession()
  const { message } = App.useApp()
  const said = useSaid()
  const queries = useQueryClient()
  const { data } = useBusinessDate()
  const move = useMutation({
    mutationFn: console_.advance,
    onSuccess: done => {
      message.success(t('ops.moved', { date: done.business_date }))
      queries.invalidateQueries()
    },
    onError: error => message.error(said(error)),
  })
  if (!data) return null
  const date = (
    <>
      <CalendarOutlined /> <span className="quiet">{t('app.businessDate')}</span>{' '}
      <strong className="number">{data.on}</strong>
    </>
  )
  if (!sandbox) return <Tag style={{ padding: '4px 10px', margin: 0 }}>{date}</Tag>
  const steps = [
    { key: '1', label: t('ops.day') },
    { key: '7', label: t('ops.week') },
    { key: '30', label: t('ops.month') },
  ]
  return (
    <Dropdown trigger={['click']} menu={{ items: steps, onClick: ({ key }) => move.mutate(Number(key)) }}>
      <Button loading={move.isPending}>{date}</Button>
    </Dropdown>
  )
}
