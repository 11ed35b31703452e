import { Button, Empty, Table, type TableColumnsType } from 'antd'
import { useTranslation } from 'react-i18next'

interface Props<Row> {
  label: string
  rows: Row[]
  columns: TableColumnsType<Row>
  rowKey: (row: Row) => string
  open?: (row: Row) => void
  empty?: { title: string; note: string }
  more?: (() => void) | undefined
  loadingMore?: boolean
  size?: 'small' | 'medium'
}

/** A list: a row opens by click or by Enter, an empty one says what would fill it, and there is no page to lose. */
export function DataTable<Row extends object>(props: Props<Row>) {
  const { t } = useTranslation()
  const { rows, columns, open, empty } = props
  if (!rows.length && empty) {
    return (
      <Empty
        image={Empty.PRESENTED_IMAGE_SIMPLE}
        description={
          <>
            <strong>{empty.title}</strong>
            <div className="quiet">{empty.note}</div>
          </>
        }
      />
    )
  }
  return (
    <>
      <div className="wide">
        <Table<Row>
          aria-label={props.label}
          size={props.size ?? 'medium'}
          dataSource={rows}
          columns={columns}
          rowKey={props.rowKey}
          pagination={false}
          {...(open && {
            onRow: (row: Row) => ({
              tabIndex: 0,
              style: { cursor: 'pointer' },
              onClick: () => open(row),
              onKeyDown: (event: React.KeyboardEvent) => event.key === 'Enter' && open(row),
            }),
          })}
        />
      </div>
      {props.more && (
        <Button block loading={props.loadingMore ?? false} onClick={props.more} style={{ marginTop: 12 }}>
          {t('app.more')}
        </Button>
      )}
    </>
  )
}
