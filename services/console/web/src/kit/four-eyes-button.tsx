import { LockOutlined } from '@ant-design/icons'
import { Button, Modal, Tooltip } from 'antd'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { type Action, Problem } from '../api/client'
import { useSaid } from './problem'

interface Props {
  action: Action | undefined
  label: string
  /** What is confirmed, in full: amount, payee, consequence. */
  confirm: ReactNode
  act: () => Promise<unknown>
  danger?: boolean
  primary?: boolean
}

/** An act that another person prepared: always confirmed, never offered to who may not do it, who is told why. */
export function FourEyesButton({ action, label, confirm, act, danger = false, primary = true }: Props) {
  const { t } = useTranslation()
  const said = useSaid()
  const [asking, setAsking] = useState(false)
  const [working, setWorking] = useState(false)
  const [failure, setFailure] = useState<unknown>(null)
  if (!action) return null
  if (!action.allowed) {
    const why = said(new Problem(409, action.code, action.because, []))
    return (
      <Tooltip title={why}>
        <span>
          <Button disabled icon={<LockOutlined />} aria-label={`${label}: ${why}`}>
            {label}
          </Button>
        </span>
      </Tooltip>
    )
  }
  const go = async () => {
    setWorking(true)
    setFailure(null)
    try {
      await act()
      setAsking(false)
    } catch (error) {
      setFailure(error)
    } finally {
      setWorking(false)
    }
  }
  return (
    <>
      <Button type={primary ? 'primary' : 'default'} danger={danger} onClick={() => setAsking(true)}>
        {label}
      </Button>
      <Modal
        open={asking}
        title={label}
        okText={label}
        cancelText={t('app.cancel')}
        okButtonProps={{ danger }}
        confirmLoading={working}
        onOk={go}
        onCancel={() => setAsking(false)}
      >
        {confirm}
        {failure !== null && <p role="alert">{said(failure)}</p>}
      </Modal>
    </>
  )
}
