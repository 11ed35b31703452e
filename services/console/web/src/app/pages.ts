import { useInfiniteQuery } from '@tanstack/react-query'
import { useEffect } from 'react'

interface Page<Row> {
  items: Row[]
  next: string | null
}

/** A list page by page as the services cut it; `whole` fetches until there is no more. */
export function usePages<Row>(
  key: unknown[],
  fetchPage: (after: string | undefined) => Promise<Page<Row>>,
  { whole = false, everyMs }: { whole?: boolean; everyMs?: number } = {},
) {
  const query = useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam }) => fetchPage(pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: page => page.next ?? undefined,
    refetchInterval: everyMs ?? false,
  })
  const { hasNextPage, isFetching, fetchNextPage } = query
  useEffect(() => {
    if (whole && hasNextPage && !isFetching) fetchNextPage()
  }, [whole, hasNextPage, isFetching, fetchNextPage])
  return {
    query,
    rows: query.data?.pages.flatMap(page => page.items) ?? [],
    more: hasNextPage && !whole ? () => fetchNextPage() : undefined,
    loadingMore: query.isFetchingNextPage,
  }
}
