-- The role that the application signs in as may add to the audit and read it, never change or remove an
-- entry. Run it as the owner of the tables, in the schema of Traboule, after each upgrade:
--   psql "$OWNER_URL" -v app=traboule_app -f append-only-audit.sql
-- Upgrades and `traboule audit prune` are run with the owner's address in TRABOULE_STORE__URL.
SELECT current_schema() AS place \gset
GRANT USAGE ON SCHEMA :"place" TO :"app";
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA :"place" TO :"app";
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA :"place" TO :"app";
REVOKE UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER ON audit FROM :"app";
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON alembic_version FROM :"app";
