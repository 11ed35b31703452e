import type { UseQueryResult } from '@tanstack/react-query'
import { Alert, Skeleton } from 'antd'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { ProblemNote } from './problem'

/** What a query brought; what it brought before, marked with its age, while its service is away. */
export function Loaded<T>({ query, children }: { query: UseQueryResult<T>; children: (data: T) => ReactNode }) {
  const { t } = useTranslation()
  if (query.data !== undefined) {
    const time = new Date(query.dataUpdatedAt).toLocaleTimeString()
    return (
      <>
        {query.isError && <Alert type="warning" showIcon title={t('problem.stale', { time })} />}
        {children(query.data)}
      </>
    )
  }
  if (query.isError) return <ProblemNote error={query.error} retry={() => query.refetch()} />
  return <Skeleton active paragraph={{ rows: 4 }} />
}
