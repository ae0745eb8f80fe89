-- An entry of the list that has an identity number matches by it alone; only an entry without one matches by name.
WITH named AS (
  SELECT identity.customer_id, officer.officer_id
  FROM officer JOIN party ON officer.name_token = party.name_token
    JOIN identity ON party.party_id = identity.party_id
  WHERE officer.id_number_token IS NULL
  GROUP BY identity.customer_id, officer.officer_id
),
namesake AS (
  SELECT officer_id, COUNT(*) AS customers FROM named GROUP BY officer_id
),
matched AS (
  SELECT identity.customer_id, officer.officer_id, 'id_number' AS match, CAST(1 AS BIGINT) AS customers
  FROM officer JOIN party ON officer.id_number_token = party.id_number_token
    JOIN identity ON party.party_id = identity.party_id
  UNION ALL
  SELECT named.customer_id, named.officer_id, 'name' AS match, namesake.customers
  FROM named JOIN namesake ON named.officer_id = namesake.officer_id
),
office AS (
  SELECT matched.customer_id, officer.position, officer.company, matched.match, matched.customers,
    ROW_NUMBER() OVER (PARTITION BY matched.customer_id ORDER BY matched.match, matched.customers,
      CASE officer.position WHEN 'executive' THEN 1 WHEN 'director' THEN 2 ELSE 3 END, officer.officer_id) AS place
  FROM matched JOIN officer ON matched.officer_id = officer.officer_id
),
seat AS (
  SELECT identity.customer_id, corporate_client.corporate_id, corporate_client.role, corporate_client.name,
    corporate_client.registered_capital_fen, corporate_client.deposit_fen
  FROM corporate_client JOIN party ON corporate_client.person_id_number_token = party.id_number_token
    JOIN identity ON party.party_id = identity.party_id
),
company AS (
  SELECT customer_id, role, name, registered_capital_fen, deposit_fen,
    ROW_NUMBER() OVER (PARTITION BY customer_id ORDER BY COALESCE(registered_capital_fen, -1) DESC,
      CASE role WHEN 'owner' THEN 1 WHEN 'legal_representative' THEN 2 ELSE 3 END, corporate_id) AS place
  FROM seat
),
first_office AS (SELECT customer_id, position, company, match, customers FROM office WHERE place = 1),
first_company AS (
  SELECT customer_id, role, name, registered_capital_fen, deposit_fen FROM company WHERE place = 1
)
SELECT
  COALESCE(first_office.customer_id, first_company.customer_id) AS customer_id,
  first_office.position AS officer_position,
  first_office.company AS officer_company,
  first_office.match AS officer_match,
  first_office.customers AS officer_namesakes,
  first_company.role AS corporate_role,
  first_company.name AS corporate_company,
  first_company.registered_capital_fen AS corporate_capital,
  first_company.deposit_fen AS corporate_deposit
FROM first_office FULL JOIN first_company ON first_office.customer_id = first_company.customer_id
