"""Who works here: the seed's ten roles and three of ours. One person may hold several."""

from enum import StrEnum


class Role(StrEnum):
    """The closed list; the rights of each are in reliability.md §1 and named on each route."""

    MANAGER = "manager"  # 营销部经理
    SUPERVISOR = "supervisor"  # 营销主管
    TEAM_LEADER = "team_leader"  # 营销班长
    AGENT = "agent"  # 营销话务员
    QA_SUPERVISOR = "qa_supervisor"  # 质检主管
    QA_INSPECTOR = "qa_inspector"  # 质检人员
    BUSINESS_SUPERVISOR = "business_supervisor"  # 业务主管
    DATA_ENTRY_CLERK = "data_entry_clerk"  # 录入员
    STATISTICIAN = "statistician"  # 统计员
    HR_SUPERVISOR = "hr_supervisor"  # 人事主管
    COMPLAINT_HANDLER = "complaint_handler"
    AUDITOR = "auditor"
    SYSTEM_ADMINISTRATOR = "system_administrator"
