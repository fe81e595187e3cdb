-- A home of schema 1 as Traboule 0.1.0 wrote it (SQLite): fictitious patients, people and answers. Its folder was /srv/home.
BEGIN TRANSACTION;
CREATE TABLE accounts (
	account_id VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	display_name VARCHAR NOT NULL, 
	role VARCHAR NOT NULL, 
	password VARCHAR, 
	must_change BOOLEAN NOT NULL, 
	all_patients BOOLEAN NOT NULL, 
	groups JSON NOT NULL, 
	disabled BOOLEAN NOT NULL, 
	failures INTEGER NOT NULL, 
	locked_until FLOAT NOT NULL, 
	created_at VARCHAR NOT NULL, 
	PRIMARY KEY (account_id), 
	UNIQUE (name)
);
INSERT INTO "accounts" VALUES('f11e31d0ad264c3c','dupond-test','Dr Dupond (test)','clinician','$argon2id$v=19$m=65536,t=3,p=4$WPboeIHMTfaFskV13m4scg$FunElduG8gQhPHmFlOiwxVN2KiNLkbgOOFc5LB0Z7Fs',0,0,'["cardio"]',0,0,0.0,'2026-11-28T14:03:01+00:00');
INSERT INTO "accounts" VALUES('b0b8c8bf0c6259da','admin','admin','admin','$argon2id$v=19$m=65536,t=3,p=4$WPboeIHMTfaFskV13m4scg$FunElduG8gQhPHmFlOiwxVN2KiNLkbgOOFc5LB0Z7Fs',0,1,'[]',0,0,0.0,'2026-11-28T14:03:01+00:00');
CREATE TABLE audit (
	entry INTEGER NOT NULL, 
	at VARCHAR NOT NULL, 
	account_id VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	via VARCHAR NOT NULL, 
	action VARCHAR NOT NULL, 
	outcome VARCHAR NOT NULL, 
	patient_id VARCHAR, 
	doc_ids JSON NOT NULL, 
	request_id VARCHAR NOT NULL, 
	PRIMARY KEY (entry)
);
INSERT INTO "audit" VALUES(1,'2026-11-28T14:03:01+00:00','f11e31d0ad264c3c','dupond-test','session','ask','allowed','DEMO-A','["demo-a-op"]','0123456789abcdef');
CREATE TABLE blobs (
	sha256 VARCHAR(64) NOT NULL, 
	size INTEGER NOT NULL, 
	created_at VARCHAR NOT NULL, 
	PRIMARY KEY (sha256)
);
INSERT INTO "blobs" VALUES('5961bb93c2b3c69962b3018e8595cff7128e5105c5817c4924f4dcc3ae21979f',256,'2026-11-28T14:03:00+00:00');
INSERT INTO "blobs" VALUES('45c46e008fe60eb74ae314576f8e972d5d3fddd8a98eb68559411524cea7c203',203,'2026-11-28T14:03:00+00:00');
INSERT INTO "blobs" VALUES('790159ef10439ebc3557f31a0577641dba9d9401a726bfd3b198fa9a960b94b8',304,'2026-11-28T14:03:00+00:00');
INSERT INTO "blobs" VALUES('61abf5c35ea639e6a9dfaa6be7af15ed1a8db77dee608f5a69fc57dee89c8855',306,'2026-11-28T14:03:00+00:00');
CREATE TABLE care (
	subject VARCHAR NOT NULL, 
	patient_id VARCHAR NOT NULL, 
	granted_at VARCHAR NOT NULL, 
	PRIMARY KEY (subject, patient_id)
);
INSERT INTO "care" VALUES('account:f11e31d0ad264c3c','DEMO-A','2026-11-28T14:03:01+00:00');
INSERT INTO "care" VALUES('group:cardio','DEMO-B','2026-11-28T14:03:01+00:00');
CREATE TABLE conversations (
	conversation_id VARCHAR NOT NULL, 
	account_id VARCHAR NOT NULL, 
	title VARCHAR NOT NULL, 
	patient_id VARCHAR, 
	created_at VARCHAR NOT NULL, 
	updated_at VARCHAR NOT NULL, 
	PRIMARY KEY (conversation_id)
);
INSERT INTO "conversations" VALUES('ee52a2a46a68f47f915b','f11e31d0ad264c3c','Quelles ont été les pertes sanguines ?','DEMO-A','2026-11-28T14:03:01+00:00','2026-11-28T14:03:01+00:00');
CREATE TABLE documents (
	doc_id VARCHAR NOT NULL, 
	revision VARCHAR NOT NULL, 
	status VARCHAR NOT NULL, 
	kind VARCHAR NOT NULL, 
	title VARCHAR NOT NULL, 
	language VARCHAR NOT NULL, 
	patient_id VARCHAR, 
	encounter_id VARCHAR, 
	authored_at VARCHAR, 
	authored_first FLOAT, 
	authored_last FLOAT, 
	passages INTEGER NOT NULL, 
	characters INTEGER NOT NULL, 
	page_count INTEGER NOT NULL, 
	source_file VARCHAR NOT NULL, 
	source_uri VARCHAR NOT NULL, 
	media_type VARCHAR NOT NULL, 
	sha256 VARCHAR(64) NOT NULL, 
	parser VARCHAR NOT NULL, 
	retrieved_at VARCHAR NOT NULL, 
	blob VARCHAR(64), 
	added_at VARCHAR NOT NULL, 
	updated_at VARCHAR NOT NULL, 
	sections JSON NOT NULL, 
	pages JSON NOT NULL, 
	codes JSON NOT NULL, 
	links JSON NOT NULL, 
	metadata JSON NOT NULL, 
	text TEXT NOT NULL, 
	PRIMARY KEY (doc_id, revision), 
	FOREIGN KEY(blob) REFERENCES blobs (sha256)
);
INSERT INTO "documents" VALUES('demo-article','ad19f25ea70735b3c8af2307','ready','article','Thromboprophylaxis after hip replacement','en',NULL,NULL,'2024-06',1717200000.0,1719791999.0,1,141,0,'file:///srv/corpus/article.md','file:///srv/corpus/article.md','text/markdown','5961bb93c2b3c69962b3018e8595cff7128e5105c5817c4924f4dcc3ae21979f','plain/1','2026-11-28T14:03:00+00:00','5961bb93c2b3c69962b3018e8595cff7128e5105c5817c4924f4dcc3ae21979f','2026-11-28T14:03:00+00:00','2026-11-28T14:03:00+00:00','[[["Results"], 0, 141, null]]','[]','[]','[]','{}','# Results
Aspirin was not inferior to rivaroxaban for thromboprophylaxis after hip replacement. Major bleeding occurred in 0.5 % of patients.');
INSERT INTO "documents" VALUES('demo-a-letter','121ad87c49ea596a39f37eb1','ready','discharge_letter','Lettre de sortie','fr','DEMO-A',NULL,'2026-03-16',1773619200.0,1773705599.0,1,79,0,'file:///srv/corpus/patients/DEMO-A/letter.md','file:///srv/corpus/patients/DEMO-A/letter.md','text/markdown','45c46e008fe60eb74ae314576f8e972d5d3fddd8a98eb68559411524cea7c203','plain/1','2026-11-28T14:03:00+00:00','45c46e008fe60eb74ae314576f8e972d5d3fddd8a98eb68559411524cea7c203','2026-11-28T14:03:00+00:00','2026-11-28T14:03:00+00:00','[[["Traitement de sortie"], 0, 79, null]]','[]','[]','[]','{}','# Traitement de sortie
Zorbalexine 40 mg par jour pendant 35 jours, puis arrêt.');
INSERT INTO "documents" VALUES('demo-a-op','a3fc679eb8fc32739b3ac278','ready','operative_report','Compte rendu opératoire','fr','DEMO-A',NULL,'2026-03-12',1773273600.0,1773359999.0,2,171,0,'file:///srv/corpus/patients/DEMO-A/operative.md','file:///srv/corpus/patients/DEMO-A/operative.md','text/markdown','790159ef10439ebc3557f31a0577641dba9d9401a726bfd3b198fa9a960b94b8','plain/1','2026-11-28T14:03:00+00:00','790159ef10439ebc3557f31a0577641dba9d9401a726bfd3b198fa9a960b94b8','2026-11-28T14:03:00+00:00','2026-11-28T14:03:00+00:00','[[["Indication"], 0, 74, null], [["Geste"], 76, 171, null]]','[]','[]','[]','{}','# Indication
Coxarthrose droite évoluée, gênant la marche depuis deux ans.

# Geste
Prothèse totale de hanche droite posée par voie antérieure. Pertes sanguines de 350 mL.');
INSERT INTO "documents" VALUES('demo-b-op','052e1949a704eaebdad26e1b','ready','operative_report','Compte rendu opératoire','fr','DEMO-B',NULL,'2026-04-02',1775088000.0,1775174399.0,2,173,0,'file:///srv/corpus/patients/DEMO-B/operative.md','file:///srv/corpus/patients/DEMO-B/operative.md','text/markdown','61abf5c35ea639e6a9dfaa6be7af15ed1a8db77dee608f5a69fc57dee89c8855','plain/1','2026-11-28T14:03:00+00:00','61abf5c35ea639e6a9dfaa6be7af15ed1a8db77dee608f5a69fc57dee89c8855','2026-11-28T14:03:00+00:00','2026-11-28T14:03:00+00:00','[[["Indication"], 0, 75, null], [["Geste"], 77, 173, null]]','[]','[]','[]','{}','# Indication
Coxarthrose gauche évoluée, gênant la marche depuis trois ans.

# Geste
Prothèse totale de hanche gauche posée par voie postérieure. Pertes sanguines de 620 mL.');
CREATE TABLE feedback (
	feedback_id VARCHAR NOT NULL, 
	turn_id VARCHAR NOT NULL, 
	account_id VARCHAR NOT NULL, 
	claim INTEGER NOT NULL, 
	verdict VARCHAR NOT NULL, 
	comment TEXT NOT NULL, 
	given_at VARCHAR NOT NULL, 
	PRIMARY KEY (feedback_id), 
	UNIQUE (turn_id, account_id, claim), 
	FOREIGN KEY(turn_id) REFERENCES turns (turn_id) ON DELETE CASCADE
);
INSERT INTO "feedback" VALUES('6bf2ce095da5d2d1','e021d5bcd3628dc83aeb','f11e31d0ad264c3c',0,'good','exact','2026-11-28T14:03:01+00:00');
CREATE TABLE inputs (
	uri VARCHAR NOT NULL, 
	digest VARCHAR NOT NULL, 
	fingerprint VARCHAR NOT NULL, 
	status VARCHAR NOT NULL, 
	documents INTEGER NOT NULL, 
	patient_id VARCHAR, 
	problem VARCHAR, 
	variables JSON NOT NULL, 
	updated_at VARCHAR NOT NULL, 
	PRIMARY KEY (uri)
);
INSERT INTO "inputs" VALUES('file:///srv/corpus/article.md','b97de8d188b481e48e59acdfd7e331680256b5fbc8bf483abac89a8ae43f27cc','plain/1|passages/2:120-220|language/2|memory/2.1/hash:384','done',1,NULL,NULL,'{}','2026-11-28T14:03:00+00:00');
INSERT INTO "inputs" VALUES('file:///srv/corpus/patients/DEMO-A/letter.md','70e28a081663bb8e545b607af2802b6028668cf0fda16bebfafc122095c60aff','plain/1|passages/2:120-220|language/2|memory/2.1/hash:384','done',1,'DEMO-A',NULL,'{}','2026-11-28T14:03:00+00:00');
INSERT INTO "inputs" VALUES('file:///srv/corpus/patients/DEMO-A/operative.md','ea9ce1dd8fb142824699c873624ce32f87b388f4cf4e25c0626ad934eb9c358e','plain/1|passages/2:120-220|language/2|memory/2.1/hash:384','done',1,'DEMO-A',NULL,'{}','2026-11-28T14:03:00+00:00');
INSERT INTO "inputs" VALUES('file:///srv/corpus/patients/DEMO-B/operative.md','b6c94533d94cf63c6a1d8c0b516e1c03bf7862e37f024fb3126cc641e4091fed','plain/1|passages/2:120-220|language/2|memory/2.1/hash:384','done',1,'DEMO-B',NULL,'{}','2026-11-28T14:03:00+00:00');
CREATE TABLE journal (
	doc_id VARCHAR NOT NULL, 
	since VARCHAR NOT NULL, 
	PRIMARY KEY (doc_id)
);
CREATE TABLE link_keys (
	doc_id VARCHAR NOT NULL, 
	revision VARCHAR NOT NULL, 
	"key" VARCHAR NOT NULL, 
	value VARCHAR NOT NULL, 
	role VARCHAR NOT NULL, 
	PRIMARY KEY (doc_id, revision, "key", value), 
	FOREIGN KEY(doc_id, revision) REFERENCES documents (doc_id, revision) ON DELETE CASCADE
);
CREATE TABLE meta (
	"key" VARCHAR NOT NULL, 
	value VARCHAR NOT NULL, 
	PRIMARY KEY ("key")
);
INSERT INTO "meta" VALUES('schema','1');
CREATE TABLE patient_merges (
	old_id VARCHAR NOT NULL, 
	new_id VARCHAR NOT NULL, 
	reason VARCHAR NOT NULL, 
	source_uri VARCHAR NOT NULL, 
	recorded_at VARCHAR NOT NULL, 
	PRIMARY KEY (old_id)
);
INSERT INTO "patient_merges" VALUES('DEMO-OLD','DEMO-A','merge','file:///merge.hl7','2026-11-28T14:03:01+00:00');
CREATE TABLE renditions (
	doc_id VARCHAR NOT NULL, 
	revision VARCHAR NOT NULL, 
	places BLOB NOT NULL, 
	media_type VARCHAR, 
	data BLOB, 
	PRIMARY KEY (doc_id, revision), 
	FOREIGN KEY(doc_id, revision) REFERENCES documents (doc_id, revision) ON DELETE CASCADE
);
CREATE TABLE sessions (
	digest VARCHAR(64) NOT NULL, 
	account_id VARCHAR NOT NULL, 
	identity JSON, 
	patients JSON, 
	csrf VARCHAR NOT NULL, 
	used_at FLOAT NOT NULL, 
	expires_at FLOAT NOT NULL, 
	PRIMARY KEY (digest)
);
CREATE TABLE tokens (
	token_id VARCHAR NOT NULL, 
	account_id VARCHAR NOT NULL, 
	digest VARCHAR(64) NOT NULL, 
	label VARCHAR NOT NULL, 
	patients JSON, 
	expires_at FLOAT, 
	created_at VARCHAR NOT NULL, 
	PRIMARY KEY (token_id), 
	FOREIGN KEY(account_id) REFERENCES accounts (account_id) ON DELETE CASCADE, 
	UNIQUE (digest)
);
INSERT INTO "tokens" VALUES('fe412ab09107','f11e31d0ad264c3c','9c7e287df7bfbee1c95eb2ae3415c4d7e26031d92f58fbf6ef96d0d84657255a','script','["DEMO-A"]',NULL,'2026-11-28T14:03:01+00:00');
CREATE TABLE turn_sources (
	turn_id VARCHAR NOT NULL, 
	doc_id VARCHAR NOT NULL, 
	patient_id VARCHAR, 
	PRIMARY KEY (turn_id, doc_id), 
	FOREIGN KEY(turn_id) REFERENCES turns (turn_id) ON DELETE CASCADE
);
INSERT INTO "turn_sources" VALUES('e021d5bcd3628dc83aeb','demo-a-op','DEMO-A');
INSERT INTO "turn_sources" VALUES('e021d5bcd3628dc83aeb','','DEMO-A');
CREATE TABLE turns (
	turn_id VARCHAR NOT NULL, 
	conversation_id VARCHAR NOT NULL, 
	ordinal INTEGER NOT NULL, 
	asked_at VARCHAR NOT NULL, 
	question TEXT NOT NULL, 
	answer JSON NOT NULL, 
	PRIMARY KEY (turn_id), 
	UNIQUE (conversation_id, ordinal), 
	FOREIGN KEY(conversation_id) REFERENCES conversations (conversation_id) ON DELETE CASCADE
);
INSERT INTO "turns" VALUES('e021d5bcd3628dc83aeb','ee52a2a46a68f47f915b',1,'2026-11-28T14:03:01+00:00','Quelles ont été les pertes sanguines ?','{"question": "Quelles ont \u00e9t\u00e9 les pertes sanguines ?", "language": "fr", "answer": "Proth\u00e8se totale de hanche droite pos\u00e9e par voie ant\u00e9rieure. Pertes sanguines de 350 mL.", "abstained": false, "abstain_reason": null, "claims": [{"text": "Proth\u00e8se totale de hanche droite pos\u00e9e par voie ant\u00e9rieure. Pertes sanguines de 350 mL.", "start": 0, "end": 87, "support": "full", "support_score": 1.0, "citations": [{"marker": 1, "doc_id": "demo-a-op", "passage_id": "bc4dcd495fb43707ce5f4893c902c1b8", "quote": "Proth\u00e8se totale de hanche droite pos\u00e9e par voie ant\u00e9rieure. Pertes sanguines de 350 mL.", "start": 84, "end": 171, "page": null, "evidence_level": null, "retracted": false}]}], "withheld": [], "contradictions": [], "evidence": [{"rank": 1, "score": 2.508858, "stage": "lexical", "passage_id": "bc4dcd495fb43707ce5f4893c902c1b8", "doc_id": "demo-a-op", "title": "Compte rendu op\u00e9ratoire", "kind": "operative_report", "language": "fr", "patient_id": "DEMO-A", "authored_at": "2026-03-12", "section": ["Geste"], "page": null, "start": 84, "end": 171, "text": "Proth\u00e8se totale de hanche droite pos\u00e9e par voie ant\u00e9rieure. Pertes sanguines de 350 mL.", "evidence_level": null, "retracted": false, "derived": false, "copies": [], "marker": 1}], "coverage": {"documents_searched": 2, "kinds": {"discharge_letter": 1, "operative_report": 1}, "from": "2026-03-12", "to": "2026-03-16", "patient_id": "DEMO-A"}, "invalid_markers": 0, "notices": ["embedder_unavailable"], "missing": [], "relevance": 0.9791, "trace": {"model": "none", "embedder": "hash:384", "verifier": "combined-v2", "prompt_id": "", "prompt_sha256": "", "settings_fingerprint": "15bcd77e47c3aa82", "index_version": "memory/2.1/hash:384", "timings_ms": {"evidence": 513.31, "contradictions": 0.14, "total": 3.63}, "tokens_in": 0, "tokens_out": 0}}');
CREATE TABLE uploads (
	upload_id VARCHAR NOT NULL, 
	account_id VARCHAR NOT NULL, 
	caller JSON NOT NULL, 
	patient_id VARCHAR, 
	status VARCHAR NOT NULL, 
	created_at VARCHAR NOT NULL, 
	files JSON NOT NULL, 
	PRIMARY KEY (upload_id)
);
INSERT INTO "uploads" VALUES('abababababababababab','f11e31d0ad264c3c','{"right": {"patient_ids": ["DEMO-A"], "curate": false, "demo": false}, "declared": {"patient_id": "DEMO-A"}}','DEMO-A','queued','2026-11-28T14:03:01+00:00','[{"name": "note.txt", "size": 12, "staged": "0/note.txt", "status": "added", "problems": [], "warnings": [], "doc_ids": ["demo-a-letter"]}]');
CREATE INDEX ix_patient_merges_new_id ON patient_merges (new_id);
CREATE INDEX ix_inputs_patient_id ON inputs (patient_id);
CREATE INDEX ix_sessions_account_id ON sessions (account_id);
CREATE INDEX ix_conversations_patient_id ON conversations (patient_id);
CREATE INDEX ix_conversations_account_id ON conversations (account_id);
CREATE INDEX ix_uploads_patient_id ON uploads (patient_id);
CREATE INDEX ix_uploads_account_id ON uploads (account_id);
CREATE INDEX ix_audit_patient_id ON audit (patient_id);
CREATE INDEX ix_audit_account_id ON audit (account_id);
CREATE INDEX ix_documents_source_file ON documents (source_file);
CREATE INDEX ix_documents_patient_id ON documents (patient_id);
CREATE INDEX ix_documents_blob ON documents (blob);
CREATE UNIQUE INDEX one_ready_version ON documents (doc_id) WHERE status = 'ready';
CREATE INDEX ix_tokens_account_id ON tokens (account_id);
CREATE INDEX ix_turns_conversation_id ON turns (conversation_id);
CREATE INDEX link_values ON link_keys (value, "key");
CREATE INDEX ix_turn_sources_doc_id ON turn_sources (doc_id);
CREATE INDEX ix_turn_sources_patient_id ON turn_sources (patient_id);
CREATE INDEX ix_feedback_turn_id ON feedback (turn_id);
COMMIT;
