import { QuestionCircleOutlined } from '@ant-design/icons'
import { Button, Popover } from 'antd'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'

/** "Why?" beside a figure: what it was made of, as the services recorded it. */
export function Explain({ children, of }: { children: ReactNode; of: string }) {
  const { t } = useTranslation()
  return (
    <Popover trigger="click" title={t('why.title')} content={<div style={{ maxWidth: 420 }}>{children}</div>}>
      <Button type="text" size="small" icon={<QuestionCircleOutlined />} aria-label={`${of}: ${t('why.open')}`} />
    </Popover>
  )
}
