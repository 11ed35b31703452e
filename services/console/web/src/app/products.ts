import { useQuery } from '@tanstack/react-query'
import i18next from 'i18next'
import { application, read } from '../api/client'

const FOR_LONG = 10 * 60_000

/** The bank's products as they are lent today. */
export function useProducts() {
  return useQuery({
    queryKey: ['products'],
    queryFn: () => read(application.GET('/v1/products', { params: { query: {} } })),
    staleTime: FOR_LONG,
  })
}

/** What a product is called; its code where it is lent no more. */
export function useProductName(): (code: string) => string {
  const { data } = useProducts()
  return code => {
    const found = data?.items.find(one => one.code === code)
    return found ? (i18next.language === 'zh' ? found.name_zh : found.name_en) : code
  }
}
