"""Codes that an applicant's facts are given in (代码表): lists, not prose, so that no rule is passed by by spelling."""

INDUSTRIES = {
    "agriculture": "A 农、林、牧、渔业",
    "mining_of_coal": "B06 煤炭开采和洗选业",
    "mining": "B 采矿业（煤炭除外）",
    "manufacturing": "C 制造业",
    "utilities": "D 电力、热力、燃气及水生产和供应业",
    "construction": "E 建筑业",
    "wholesale": "F51 批发业",
    "retail": "F52 零售业",
    "transport": "G 交通运输、仓储和邮政业",
    "accommodation": "H61 住宿业",
    "catering": "H62 餐饮业",
    "information_technology": "I 信息传输、软件和信息技术服务业",
    "finance": "J 金融业",
    "real_estate": "K 房地产业",
    "business_services": "L 租赁和商务服务业",
    "technical_services": "M 科学研究和技术服务业",
    "public_facilities": "N 水利、环境和公共设施管理业",
    "personal_services": "O 居民服务、修理和其他服务业",
    "education": "P 教育",
    "health": "Q 卫生和社会工作",
    "culture_and_sports": "R 文化、体育和娱乐业",
    "local_government_financing": "地方政府融资平台",
}
"""行业, by GB/T 4754-2017: sections B, F and H are divided where credit policy tells their parts apart.

Sections S and T are no companies. A local government's financing vehicle is given as that, whatever it builds.
"""

COLLATERAL_CLASSES = {
    "commercial_property_and_factory": "商业用房及厂房",
    "residential": "住宅",
    "state_land_industrial": "国有工业用地",
    "receivables": "应收账款",
    "listed_shares": "上市公司股票",
    "unlisted_equity": "非上市公司股权",
    "inventory": "存货",
    "special_equipment": "专用设备",
}
"""押品类别: those for which credit policy says what share of the value counts; security of any other is not taken."""
