import { SearchOutlined } from '@ant-design/icons'
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { AutoComplete, Input } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { console_ } from '../api/client'

const SHORTEST = 8

/** Finds what an id names, and a borrower by its code. `/` leads here from anywhere. */
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
  const options = (data ?? []).map(found => ({
    value: found.page,
    label: `${found.title} · ${found.page.split('/')[1]}`,
  }))
  return (
    <AutoComplete
      id="search"
      style={{ width: 300 }}
      value={text}
      options={options}
      notFoundContent={wanted.length >= SHORTEST && data?.length === 0 ? t('app.nothingFound') : null}
      onChange={setText}
      onSelect={page => {
        setText('')
        navigate({ to: page })
      }}
    >
      <Input prefix={<SearchOutlined />} placeholder={t('app.search')} aria-label={t('app.search')} />
    </AutoComplete>
  )
}
