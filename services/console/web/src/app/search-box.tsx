import { SearchOutlined } from '@ant-design/icons'
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { Dropdown, Input } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { console_ } from '../api/client'

const SHORTEST = 8

/** Finds what an id names, and a borrower by its code: Enter takes the first. `/` leads here from anywhere. */
export function SearchBox() {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const [text, setText] = useState('')
  const wanted = text.trim()
  const { data } = useQuery({
    queryKey: ['search', wanted],
    queryFn: () => console_.search(wanted),
    enabled: wanted.length >= SHORTEST,
  })
  const [open, setOpen] = useState(false)
  const go = (page: string) => {
    setText('')
    setOpen(false)
    navigate({ to: page })
  }
  const found = (data ?? []).map(({ page, title }) => ({
    key: page,
    label: `${title} · ${page.split('/')[1]}`,
    onClick: () => go(page),
  }))
  const nothing = { key: '', label: t('app.nothingFound'), disabled: true }
  return (
    <Dropdown
      trigger={['click']}
      open={open && wanted.length >= SHORTEST && data !== undefined}
      onOpenChange={setOpen}
      menu={{ items: found.length ? found : [nothing] }}
    >
      <Input
        id="search"
        style={{ width: 300 }}
        value={text}
        prefix={<SearchOutlined />}
        placeholder={t('app.search')}
        aria-label={t('app.search')}
        onChange={event => {
          setText(event.target.value)
          setOpen(true)
        }}
        onPressEnter={() => found[0] && go(found[0].key)}
      />
    </Dropdown>
  )
}
