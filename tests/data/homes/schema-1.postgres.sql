-- A home of schema 1 as Traboule 0.1.0 wrote it (PostgreSQL): fictitious patients, people and answers.

CREATE TABLE accounts (
    account_id character varying NOT NULL COLLATE pg_catalog."C",
    name character varying NOT NULL COLLATE pg_catalog."C",
    display_name character varying NOT NULL,
    role character varying NOT NULL,
    password character varying,
    must_change boolean NOT NULL,
    all_patients boolean NOT NULL,
    groups json NOT NULL,
    disabled boolean NOT NULL,
    failures integer NOT NULL,
    locked_until double precision NOT NULL,
    created_at character varying NOT NULL
);

CREATE TABLE audit (
    entry integer NOT NULL,
    at character varying NOT NULL,
    account_id character varying NOT NULL COLLATE pg_catalog."C",
    name character varying NOT NULL,
    via character varying NOT NULL,
    action character varying NOT NULL,
    outcome character varying NOT NULL,
    patient_id character varying COLLATE pg_catalog."C",
    doc_ids json NOT NULL,
    request_id character varying NOT NULL
);

CREATE SEQUENCE audit_entry_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE audit_entry_seq OWNED BY audit.entry;

CREATE TABLE blobs (
    sha256 character varying(64) NOT NULL,
    size integer NOT NULL,
    created_at character varying NOT NULL
);

CREATE TABLE care (
    subject character varying NOT NULL COLLATE pg_catalog."C",
    patient_id character varying NOT NULL COLLATE pg_catalog."C",
    granted_at character varying NOT NULL
);

CREATE TABLE conversations (
    conversation_id character varying NOT NULL COLLATE pg_catalog."C",
    account_id character varying NOT NULL COLLATE pg_catalog."C",
    title character varying NOT NULL,
    patient_id character varying COLLATE pg_catalog."C",
    created_at character varying NOT NULL,
    updated_at character varying NOT NULL
);

CREATE TABLE documents (
    doc_id character varying NOT NULL COLLATE pg_catalog."C",
    revision character varying NOT NULL,
    status character varying NOT NULL,
    kind character varying NOT NULL,
    title character varying NOT NULL,
    language character varying NOT NULL,
    patient_id character varying COLLATE pg_catalog."C",
    encounter_id character varying,
    authored_at character varying,
    authored_first double precision,
    authored_last double precision,
    passages integer NOT NULL,
    characters integer NOT NULL,
    page_count integer NOT NULL,
    source_file character varying NOT NULL,
    source_uri character varying NOT NULL,
    media_type character varying NOT NULL,
    sha256 character varying(64) NOT NULL,
    parser character varying NOT NULL,
    retrieved_at character varying NOT NULL,
    blob character varying(64),
    added_at character varying NOT NULL,
    updated_at character varying NOT NULL,
    sections json NOT NULL,
    pages json NOT NULL,
    codes json NOT NULL,
    links json NOT NULL,
    metadata json NOT NULL,
    text text NOT NULL
);

CREATE TABLE feedback (
    feedback_id character varying NOT NULL COLLATE pg_catalog."C",
    turn_id character varying NOT NULL COLLATE pg_catalog."C",
    account_id character varying NOT NULL COLLATE pg_catalog."C",
    claim integer NOT NULL,
    verdict character varying NOT NULL,
    comment text NOT NULL,
    given_at character varying NOT NULL
);

CREATE TABLE inputs (
    uri character varying NOT NULL COLLATE pg_catalog."C",
    digest character varying NOT NULL,
    fingerprint character varying NOT NULL,
    status character varying NOT NULL,
    documents integer NOT NULL,
    patient_id character varying COLLATE pg_catalog."C",
    problem character varying,
    variables json NOT NULL,
    updated_at character varying NOT NULL
);

CREATE TABLE journal (
    doc_id character varying NOT NULL COLLATE pg_catalog."C",
    since character varying NOT NULL
);

CREATE TABLE link_keys (
    doc_id character varying NOT NULL COLLATE pg_catalog."C",
    revision character varying NOT NULL,
    key character varying NOT NULL,
    value character varying NOT NULL,
    role character varying NOT NULL
);

CREATE TABLE meta (
    key character varying NOT NULL,
    value character varying NOT NULL
);

CREATE TABLE patient_merges (
    old_id character varying NOT NULL COLLATE pg_catalog."C",
    new_id character varying NOT NULL COLLATE pg_catalog."C",
    reason character varying NOT NULL,
    source_uri character varying NOT NULL,
    recorded_at character varying NOT NULL
);

CREATE TABLE renditions (
    doc_id character varying NOT NULL COLLATE pg_catalog."C",
    revision character varying NOT NULL,
    places bytea NOT NULL,
    media_type character varying,
    data bytea
);

CREATE TABLE sessions (
    digest character varying(64) NOT NULL,
    account_id character varying NOT NULL COLLATE pg_catalog."C",
    identity json,
    patients json,
    csrf character varying NOT NULL,
    used_at double precision NOT NULL,
    expires_at double precision NOT NULL
);

CREATE TABLE tokens (
    token_id character varying NOT NULL COLLATE pg_catalog."C",
    account_id character varying NOT NULL COLLATE pg_catalog."C",
    digest character varying(64) NOT NULL,
    label character varying NOT NULL,
    patients json,
    expires_at double precision,
    created_at character varying NOT NULL
);

CREATE TABLE turn_sources (
    turn_id character varying NOT NULL COLLATE pg_catalog."C",
    doc_id character varying NOT NULL COLLATE pg_catalog."C",
    patient_id character varying COLLATE pg_catalog."C"
);

CREATE TABLE turns (
    turn_id character varying NOT NULL COLLATE pg_catalog."C",
    conversation_id character varying NOT NULL COLLATE pg_catalog."C",
    ordinal integer NOT NULL,
    asked_at character varying NOT NULL,
    question text NOT NULL,
    answer json NOT NULL
);

CREATE TABLE uploads (
    upload_id character varying NOT NULL COLLATE pg_catalog."C",
    account_id character varying NOT NULL COLLATE pg_catalog."C",
    caller json NOT NULL,
    patient_id character varying COLLATE pg_catalog."C",
    status character varying NOT NULL,
    created_at character varying NOT NULL,
    files json NOT NULL
);

ALTER TABLE ONLY audit ALTER COLUMN entry SET DEFAULT nextval('audit_entry_seq'::regclass);

INSERT INTO accounts VALUES ('6b6e98f7ee456d2e', 'dupond-test', 'Dr Dupond (test)', 'clinician', '$argon2id$v=19$m=65536,t=3,p=4$8thTKm0W24c3vR/7Aj1dag$r1IwONJyqM+ee9Xi5XJR++hMU4xkVoxx9ntOHyjufbE', false, false, '["cardio"]', false, 0, 0, '2026-11-28T14:03:11+00:00');
INSERT INTO accounts VALUES ('515f6320dec9bb0f', 'admin', 'admin', 'admin', '$argon2id$v=19$m=65536,t=3,p=4$8thTKm0W24c3vR/7Aj1dag$r1IwONJyqM+ee9Xi5XJR++hMU4xkVoxx9ntOHyjufbE', false, true, '[]', false, 0, 0, '2026-11-28T14:03:11+00:00');

INSERT INTO audit VALUES (1, '2026-11-28T14:03:12+00:00', '6b6e98f7ee456d2e', 'dupond-test', 'session', 'ask', 'allowed', 'DEMO-A', '["demo-a-op"]', '0123456789abcdef');

INSERT INTO blobs VALUES ('5961bb93c2b3c69962b3018e8595cff7128e5105c5817c4924f4dcc3ae21979f', 256, '2026-11-28T14:03:11+00:00');
INSERT INTO blobs VALUES ('45c46e008fe60eb74ae314576f8e972d5d3fddd8a98eb68559411524cea7c203', 203, '2026-11-28T14:03:11+00:00');
INSERT INTO blobs VALUES ('790159ef10439ebc3557f31a0577641dba9d9401a726bfd3b198fa9a960b94b8', 304, '2026-11-28T14:03:11+00:00');
INSERT INTO blobs VALUES ('61abf5c35ea639e6a9dfaa6be7af15ed1a8db77dee608f5a69fc57dee89c8855', 306, '2026-11-28T14:03:11+00:00');

INSERT INTO care VALUES ('account:6b6e98f7ee456d2e', 'DEMO-A', '2026-11-28T14:03:11+00:00');
INSERT INTO care VALUES ('group:cardio', 'DEMO-B', '2026-11-28T14:03:11+00:00');

INSERT INTO conversations VALUES ('e8f842338b0896062660', '6b6e98f7ee456d2e', 'Quelles ont été les pertes sanguines ?', 'DEMO-A', '2026-11-28T14:03:12+00:00', '2026-11-28T14:03:12+00:00');

INSERT INTO documents VALUES ('demo-article', 'ad19f25ea70735b3c8af2307', 'ready', 'article', 'Thromboprophylaxis after hip replacement', 'en', NULL, NULL, '2024-06', 1717200000, 1719791999, 1, 141, 0, 'file:///srv/corpus/article.md', 'file:///srv/corpus/article.md', 'text/markdown', '5961bb93c2b3c69962b3018e8595cff7128e5105c5817c4924f4dcc3ae21979f', 'plain/1', '2026-11-28T14:03:11+00:00', '5961bb93c2b3c69962b3018e8595cff7128e5105c5817c4924f4dcc3ae21979f', '2026-11-28T14:03:11+00:00', '2026-11-28T14:03:11+00:00', '[[["Results"], 0, 141, null]]', '[]', '[]', '[]', '{}', '# Results
Aspirin was not inferior to rivaroxaban for thromboprophylaxis after hip replacement. Major bleeding occurred in 0.5 % of patients.');
INSERT INTO documents VALUES ('demo-a-letter', '121ad87c49ea596a39f37eb1', 'ready', 'discharge_letter', 'Lettre de sortie', 'fr', 'DEMO-A', NULL, '2026-03-16', 1773619200, 1773705599, 1, 79, 0, 'file:///srv/corpus/patients/DEMO-A/letter.md', 'file:///srv/corpus/patients/DEMO-A/letter.md', 'text/markdown', '45c46e008fe60eb74ae314576f8e972d5d3fddd8a98eb68559411524cea7c203', 'plain/1', '2026-11-28T14:03:11+00:00', '45c46e008fe60eb74ae314576f8e972d5d3fddd8a98eb68559411524cea7c203', '2026-11-28T14:03:11+00:00', '2026-11-28T14:03:11+00:00', '[[["Traitement de sortie"], 0, 79, null]]', '[]', '[]', '[]', '{}', '# Traitement de sortie
Zorbalexine 40 mg par jour pendant 35 jours, puis arrêt.');
INSERT INTO documents VALUES ('demo-a-op', 'a3fc679eb8fc32739b3ac278', 'ready', 'operative_report', 'Compte rendu opératoire', 'fr', 'DEMO-A', NULL, '2026-03-12', 1773273600, 1773359999, 2, 171, 0, 'file:///srv/corpus/patients/DEMO-A/operative.md', 'file:///srv/corpus/patients/DEMO-A/operative.md', 'text/markdown', '790159ef10439ebc3557f31a0577641dba9d9401a726bfd3b198fa9a960b94b8', 'plain/1', '2026-11-28T14:03:11+00:00', '790159ef10439ebc3557f31a0577641dba9d9401a726bfd3b198fa9a960b94b8', '2026-11-28T14:03:11+00:00', '2026-11-28T14:03:11+00:00', '[[["Indication"], 0, 74, null], [["Geste"], 76, 171, null]]', '[]', '[]', '[]', '{}', '# Indication
Coxarthrose droite évoluée, gênant la marche depuis deux ans.

# Geste
Prothèse totale de hanche droite posée par voie antérieure. Pertes sanguines de 350 mL.');
INSERT INTO documents VALUES ('demo-b-op', '052e1949a704eaebdad26e1b', 'ready', 'operative_report', 'Compte rendu opératoire', 'fr', 'DEMO-B', NULL, '2026-04-02', 1775088000, 1775174399, 2, 173, 0, 'file:///srv/corpus/patients/DEMO-B/operative.md', 'file:///srv/corpus/patients/DEMO-B/operative.md', 'text/markdown', '61abf5c35ea639e6a9dfaa6be7af15ed1a8db77dee608f5a69fc57dee89c8855', 'plain/1', '2026-11-28T14:03:11+00:00', '61abf5c35ea639e6a9dfaa6be7af15ed1a8db77dee608f5a69fc57dee89c8855', '2026-11-28T14:03:11+00:00', '2026-11-28T14:03:11+00:00', '[[["Indication"], 0, 75, null], [["Geste"], 77, 173, null]]', '[]', '[]', '[]', '{}', '# Indication
Coxarthrose gauche évoluée, gênant la marche depuis trois ans.

# Geste
Prothèse totale de hanche gauche posée par voie postérieure. Pertes sanguines de 620 mL.');

INSERT INTO feedback VALUES ('8548c33f0f83431e', '35c0247391231c81f1e4', '6b6e98f7ee456d2e', 0, 'good', 'exact', '2026-11-28T14:03:12+00:00');

INSERT INTO inputs VALUES ('file:///srv/corpus/article.md', 'b97de8d188b481e48e59acdfd7e331680256b5fbc8bf483abac89a8ae43f27cc', 'plain/1|passages/2:120-220|language/2|memory/2.1/hash:384', 'done', 1, NULL, NULL, '{}', '2026-11-28T14:03:11+00:00');
INSERT INTO inputs VALUES ('file:///srv/corpus/patients/DEMO-A/letter.md', '70e28a081663bb8e545b607af2802b6028668cf0fda16bebfafc122095c60aff', 'plain/1|passages/2:120-220|language/2|memory/2.1/hash:384', 'done', 1, 'DEMO-A', NULL, '{}', '2026-11-28T14:03:11+00:00');
INSERT INTO inputs VALUES ('file:///srv/corpus/patients/DEMO-A/operative.md', 'ea9ce1dd8fb142824699c873624ce32f87b388f4cf4e25c0626ad934eb9c358e', 'plain/1|passages/2:120-220|language/2|memory/2.1/hash:384', 'done', 1, 'DEMO-A', NULL, '{}', '2026-11-28T14:03:11+00:00');
INSERT INTO inputs VALUES ('file:///srv/corpus/patients/DEMO-B/operative.md', 'b6c94533d94cf63c6a1d8c0b516e1c03bf7862e37f024fb3126cc641e4091fed', 'plain/1|passages/2:120-220|language/2|memory/2.1/hash:384', 'done', 1, 'DEMO-B', NULL, '{}', '2026-11-28T14:03:11+00:00');

INSERT INTO meta VALUES ('schema', '1');

INSERT INTO patient_merges VALUES ('DEMO-OLD', 'DEMO-A', 'merge', 'file:///merge.hl7', '2026-11-28T14:03:12+00:00');

INSERT INTO tokens VALUES ('8127c20ab4fb', '6b6e98f7ee456d2e', 'c47bca373fc31ec9f1f03edceb49b36413889b1a900456de992cc0918683499c', 'script', '["DEMO-A"]', NULL, '2026-11-28T14:03:11+00:00');

INSERT INTO turn_sources VALUES ('35c0247391231c81f1e4', 'demo-a-op', 'DEMO-A');
INSERT INTO turn_sources VALUES ('35c0247391231c81f1e4', '', 'DEMO-A');

INSERT INTO turns VALUES ('35c0247391231c81f1e4', 'e8f842338b0896062660', 1, '2026-11-28T14:03:12+00:00', 'Quelles ont été les pertes sanguines ?', '{"question": "Quelles ont \u00e9t\u00e9 les pertes sanguines ?", "language": "fr", "answer": "Proth\u00e8se totale de hanche droite pos\u00e9e par voie ant\u00e9rieure. Pertes sanguines de 350 mL.", "abstained": false, "abstain_reason": null, "claims": [{"text": "Proth\u00e8se totale de hanche droite pos\u00e9e par voie ant\u00e9rieure. Pertes sanguines de 350 mL.", "start": 0, "end": 87, "support": "full", "support_score": 1.0, "citations": [{"marker": 1, "doc_id": "demo-a-op", "passage_id": "bc4dcd495fb43707ce5f4893c902c1b8", "quote": "Proth\u00e8se totale de hanche droite pos\u00e9e par voie ant\u00e9rieure. Pertes sanguines de 350 mL.", "start": 84, "end": 171, "page": null, "evidence_level": null, "retracted": false}]}], "withheld": [], "contradictions": [], "evidence": [{"rank": 1, "score": 2.508858, "stage": "lexical", "passage_id": "bc4dcd495fb43707ce5f4893c902c1b8", "doc_id": "demo-a-op", "title": "Compte rendu op\u00e9ratoire", "kind": "operative_report", "language": "fr", "patient_id": "DEMO-A", "authored_at": "2026-03-12", "section": ["Geste"], "page": null, "start": 84, "end": 171, "text": "Proth\u00e8se totale de hanche droite pos\u00e9e par voie ant\u00e9rieure. Pertes sanguines de 350 mL.", "evidence_level": null, "retracted": false, "derived": false, "copies": [], "marker": 1}], "coverage": {"documents_searched": 2, "kinds": {"discharge_letter": 1, "operative_report": 1}, "from": "2026-03-12", "to": "2026-03-16", "patient_id": "DEMO-A"}, "invalid_markers": 0, "notices": ["embedder_unavailable"], "missing": [], "relevance": 0.9791, "trace": {"model": "none", "embedder": "hash:384", "verifier": "combined-v2", "prompt_id": "", "prompt_sha256": "", "settings_fingerprint": "15bcd77e47c3aa82", "index_version": "memory/2.1/hash:384", "timings_ms": {"evidence": 335.62, "contradictions": 0.1, "total": 8.57}, "tokens_in": 0, "tokens_out": 0}}');

INSERT INTO uploads VALUES ('abababababababababab', '6b6e98f7ee456d2e', '{"right": {"patient_ids": ["DEMO-A"], "curate": false, "demo": false}, "declared": {"patient_id": "DEMO-A"}}', 'DEMO-A', 'queued', '2026-11-28T14:03:12+00:00', '[{"name": "note.txt", "size": 12, "staged": "0/note.txt", "status": "added", "problems": [], "warnings": [], "doc_ids": ["demo-a-letter"]}]');

SELECT pg_catalog.setval('audit_entry_seq', 1, true);

ALTER TABLE ONLY accounts
    ADD CONSTRAINT accounts_name_key UNIQUE (name);

ALTER TABLE ONLY accounts
    ADD CONSTRAINT accounts_pkey PRIMARY KEY (account_id);

ALTER TABLE ONLY audit
    ADD CONSTRAINT audit_pkey PRIMARY KEY (entry);

ALTER TABLE ONLY blobs
    ADD CONSTRAINT blobs_pkey PRIMARY KEY (sha256);

ALTER TABLE ONLY care
    ADD CONSTRAINT care_pkey PRIMARY KEY (subject, patient_id);

ALTER TABLE ONLY conversations
    ADD CONSTRAINT conversations_pkey PRIMARY KEY (conversation_id);

ALTER TABLE ONLY documents
    ADD CONSTRAINT documents_pkey PRIMARY KEY (doc_id, revision);

ALTER TABLE ONLY feedback
    ADD CONSTRAINT feedback_pkey PRIMARY KEY (feedback_id);

ALTER TABLE ONLY feedback
    ADD CONSTRAINT feedback_turn_id_account_id_claim_key UNIQUE (turn_id, account_id, claim);

ALTER TABLE ONLY inputs
    ADD CONSTRAINT inputs_pkey PRIMARY KEY (uri);

ALTER TABLE ONLY journal
    ADD CONSTRAINT journal_pkey PRIMARY KEY (doc_id);

ALTER TABLE ONLY link_keys
    ADD CONSTRAINT link_keys_pkey PRIMARY KEY (doc_id, revision, key, value);

ALTER TABLE ONLY meta
    ADD CONSTRAINT meta_pkey PRIMARY KEY (key);

ALTER TABLE ONLY patient_merges
    ADD CONSTRAINT patient_merges_pkey PRIMARY KEY (old_id);

ALTER TABLE ONLY renditions
    ADD CONSTRAINT renditions_pkey PRIMARY KEY (doc_id, revision);

ALTER TABLE ONLY sessions
    ADD CONSTRAINT sessions_pkey PRIMARY KEY (digest);

ALTER TABLE ONLY tokens
    ADD CONSTRAINT tokens_digest_key UNIQUE (digest);

ALTER TABLE ONLY tokens
    ADD CONSTRAINT tokens_pkey PRIMARY KEY (token_id);

ALTER TABLE ONLY turn_sources
    ADD CONSTRAINT turn_sources_pkey PRIMARY KEY (turn_id, doc_id);

ALTER TABLE ONLY turns
    ADD CONSTRAINT turns_conversation_id_ordinal_key UNIQUE (conversation_id, ordinal);

ALTER TABLE ONLY turns
    ADD CONSTRAINT turns_pkey PRIMARY KEY (turn_id);

ALTER TABLE ONLY uploads
    ADD CONSTRAINT uploads_pkey PRIMARY KEY (upload_id);

CREATE INDEX ix_audit_account_id ON audit USING btree (account_id);

CREATE INDEX ix_audit_patient_id ON audit USING btree (patient_id);

CREATE INDEX ix_conversations_account_id ON conversations USING btree (account_id);

CREATE INDEX ix_conversations_patient_id ON conversations USING btree (patient_id);

CREATE INDEX ix_documents_blob ON documents USING btree (blob);

CREATE INDEX ix_documents_patient_id ON documents USING btree (patient_id);

CREATE INDEX ix_documents_source_file ON documents USING btree (source_file);

CREATE INDEX ix_feedback_turn_id ON feedback USING btree (turn_id);

CREATE INDEX ix_inputs_patient_id ON inputs USING btree (patient_id);

CREATE INDEX ix_patient_merges_new_id ON patient_merges USING btree (new_id);

CREATE INDEX ix_sessions_account_id ON sessions USING btree (account_id);

CREATE INDEX ix_tokens_account_id ON tokens USING btree (account_id);

CREATE INDEX ix_turn_sources_doc_id ON turn_sources USING btree (doc_id);

CREATE INDEX ix_turn_sources_patient_id ON turn_sources USING btree (patient_id);

CREATE INDEX ix_turns_conversation_id ON turns USING btree (conversation_id);

CREATE INDEX ix_uploads_account_id ON uploads USING btree (account_id);

CREATE INDEX ix_uploads_patient_id ON uploads USING btree (patient_id);

CREATE INDEX link_values ON link_keys USING btree (value, key);

CREATE UNIQUE INDEX one_ready_version ON documents USING btree (doc_id) WHERE ((status)::text = 'ready'::text);

ALTER TABLE ONLY documents
    ADD CONSTRAINT documents_blob_fkey FOREIGN KEY (blob) REFERENCES blobs(sha256);

ALTER TABLE ONLY feedback
    ADD CONSTRAINT feedback_turn_id_fkey FOREIGN KEY (turn_id) REFERENCES turns(turn_id) ON DELETE CASCADE;

ALTER TABLE ONLY link_keys
    ADD CONSTRAINT link_keys_doc_id_revision_fkey FOREIGN KEY (doc_id, revision) REFERENCES documents(doc_id, revision) ON DELETE CASCADE;

ALTER TABLE ONLY renditions
    ADD CONSTRAINT renditions_doc_id_revision_fkey FOREIGN KEY (doc_id, revision) REFERENCES documents(doc_id, revision) ON DELETE CASCADE;

ALTER TABLE ONLY tokens
    ADD CONSTRAINT tokens_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(account_id) ON DELETE CASCADE;

ALTER TABLE ONLY turn_sources
    ADD CONSTRAINT turn_sources_turn_id_fkey FOREIGN KEY (turn_id) REFERENCES turns(turn_id) ON DELETE CASCADE;

ALTER TABLE ONLY turns
    ADD CONSTRAINT turns_conversation_id_fkey FOREIGN KEY (conversation_id) REFERENCES conversations(conversation_id) ON DELETE CASCADE;

