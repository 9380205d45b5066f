drop function filing_actor();
