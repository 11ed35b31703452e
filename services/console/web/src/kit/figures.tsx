import type { ReactNode } from 'react'

/** The few numbers that a page opens with. */
export function Figures({ items }: { items: { title: string; value: ReactNode; why?: ReactNode }[] }) {
  return (
    <dl className="figures" style={{ margin: 0 }}>
      {items.map(one => (
        <div key={one.title}>
          <dt className="figure-title">
            {one.title}
            {one.why}
          </dt>
          <dd className="figure-value" style={{ margin: 0 }}>
            {one.value}
          </dd>
        </div>
      ))}
    </dl>
  )
}
