drop table parameter_request, evidence, draft, template_history, template_item, electricity_account, template;
