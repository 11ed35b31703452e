// What each fact is called in Chinese; in English its own name is split into words.
const ZH: Record<string, string> = {
  ApplicationSubmitted: '提交申请',
  AssessmentRecorded: '记录评估结果',
  ReviewOpened: '转人工审查',
  ReviewRecommended: '出具审查意见',
  ReviewReturned: '退回审查',
  ApplicationApproved: '批准',
  ApplicationDeclined: '拒绝',
  ApplicationWithdrawn: '撤回',
  OfferMade: '发出要约',
  OfferAccepted: '客户接受要约',
  OfferExpired: '要约过期',
  ContractSigned: '签订合同',
  LoanDisbursed: '放款成功',
  DisbursementFailed: '放款失败',
  LoanSettled: '结清',
  LoanWrittenOff: '核销',
  LoanBooked: '入账',
  InterestAccrued: '计提利息',
  InstallmentBilled: '出账',
  RepaymentReceived: '收到还款',
  InstallmentOverdue: '逾期',
  InstallmentCured: '逾期已还清',
  DelinquencyAged: '逾期账龄变化',
  LoanClassified: '五级分类',
  ProvisionMeasured: '计提拨备',
  CommitmentMoved: '贷款承诺变动',
  PayoffReceived: '提前结清',
  RecoveryReceived: '核销后收回',
  WriteOffRefused: '核销被拒',
}

export function eventName(what: string, language: string): string {
  const words = what.replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase()
  return language === 'zh' ? (ZH[what] ?? words) : words.charAt(0).toUpperCase() + words.slice(1)
}
