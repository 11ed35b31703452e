import { LockOutlined } from '@ant-design/icons'
import { Button, Drawer, Form, Tooltip } from 'antd'
import { type ReactNode, useState } from 'react'
import { type Action, Problem } from '../api/client'
import { useSaid } from '../kit/problem'

interface Props<Fields> {
  action: Action | undefined
  label: string
  send: (values: Fields) => Promise<unknown>
  children: ReactNode
}

/** A form beside the page it is about; what a service refuses stands by its field, and nothing filled in is lost. */
export function FormSheet<Fields extends object>({ action, label, send, children }: Props<Fields>) {
  const said = useSaid()
  const [form] = Form.useForm<Fields>()
  const [open, setOpen] = useState(false)
  const [working, setWorking] = useState(false)
  const [failure, setFailure] = useState('')
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
  const finish = async (values: Fields) => {
    setWorking(true)
    setFailure('')
    try {
      await send(values)
      setOpen(false)
    } catch (error) {
      setFailure(said(error))
    } finally {
      setWorking(false)
    }
  }
  return (
    <>
      <Button type="primary" onClick={() => setOpen(true)}>
        {label}
      </Button>
      <Drawer open={open} title={label} size={420} onClose={() => setOpen(false)}>
        <Form<Fields> form={form} layout="vertical" onFinish={finish}>
          {children}
          {failure && <p role="alert">{failure}</p>}
          <Button type="primary" htmlType="submit" loading={working} block>
            {label}
          </Button>
        </Form>
      </Drawer>
    </>
  )
}
