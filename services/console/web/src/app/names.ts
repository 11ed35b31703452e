// Borrowers' names for lists that hold only their ids, and the words for risk's characteristics.
import { useQuery } from '@tanstack/react-query'
import i18next from 'i18next'
import { console_ } from '../api/client'

const FOR_LONG = 10 * 60_000

/** Name by borrower id; an id's first characters where the name is not the caller's to see. */
export function useNames(ids: string[]): (id: string) => string {
  const wanted = [...new Set(ids)].sort().slice(0, 200)
  const { data } = useQuery({
    queryKey: ['names', wanted],
    queryFn: () => console_.names(wanted),
    enabled: wanted.length > 0,
    staleTime: FOR_LONG,
    placeholderData: known => known,
  })
  return id => data?.[id] ?? id.slice(0, 8)
}

/** What a characteristic or a rule is called; its own name in words where nobody has named it. */
export function useLabels(): (name: string) => string {
  const { data } = useQuery({ queryKey: ['labels'], queryFn: console_.labels, staleTime: FOR_LONG })
  return name => data?.[name]?.[i18next.language === 'zh' ? 'zh' : 'en'] ?? name.replaceAll('_', ' ')
}
