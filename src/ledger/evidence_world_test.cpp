#include "ledger/evidence_world.hpp"

#include "base/assert.hpp"

namespace parley::ledger::world {
namespace {

template <class T>
T must(Result<T> result) {
  PARLEY_ASSERT(result);
  return *std::move(result);
}

record::Head head(int number, std::string node, Timestamp time) {
  const std::string digits = std::to_string(1000 + number);
  return {"01890000-0000-7000-8000-00000000" + digits, std::move(node), time};
}

record::AgreementStatement agreement() {
  record::AgreementStatement out;
  out.head = head(1, alpha, at(0));
  out.parties[0] = {alpha, "CERT Alpha",        "national_cert",
                    "AA",  key(1).public_key(), "Alpha Cyber Act, section 4"};
  out.parties[1] = {bravo, "CERT Bravo", "national_cert", "BB", key(4).public_key(), "Bravo Decree 12/2025"};
  out.purposes = {"attribution", "prevention"};
  out.match_policy.types = {"domain-name", "ipv4-addr"};
  out.match_policy.max_set = 4096;
  out.valid_from = at(0);
  out.valid_to = at(60LL * 24);
  return out;
}

/// Alpha's ledger with all of its statements in it, and the input's statements with their proofs.
class Recorder {
 public:
  explicit Recorder(EvidenceInput& input)
      : input_(&input), ledger_(must(Ledger::open(log_, key(2), {.origin = alpha}))) {}

  void add(const record::Json& payload, const crypto::SigningKey& signer, Timestamp time,
           std::vector<std::string> disclosures = {}) {
    EvidenceStatement statement;
    statement.jws = must(record::sign_statement(payload, signer));
    statement.disclosures = std::move(disclosures);
    statement.recorded = EvidenceStatement::Recorded{};
    statement.recorded->opening = entropy_.array<32>();
    const Entry entry{statement.jws, statement.recorded->opening};
    // A story told out of order is recorded all the same: the ledger's clock only goes forwards.
    last_ = std::max(last_, time);
    statement.recorded->index = must(ledger_.append(std::span(&entry, 1), last_)).front().index;
    input_->statements.push_back(std::move(statement));
  }

  /// All proofs under the last checkpoint.
  void finish() {
    for (EvidenceStatement& statement : input_->statements)
      if (statement.recorded) statement.recorded->proof = must(ledger_.prove(statement.recorded->index));
    input_->checkpoint = ledger_.checkpoint();
  }

 private:
  EvidenceInput* input_;
  MemoryLog log_;
  Ledger ledger_;
  Timestamp last_;
  CountingEntropy entropy_;
};

EvidenceInput start(EvidenceKind kind, std::string subject) {
  EvidenceInput out;
  out.kind = kind;
  out.subject = std::move(subject);
  out.exporter = alpha;
  out.id = "01890000-0000-7000-8000-0000000099ff";
  out.created = at(100);
  out.parties = {{alpha, "CERT Alpha", "national_cert", "AA", key(1).public_key(), key(2).public_key()},
                 {bravo, "CERT Bravo", "national_cert", "BB", key(4).public_key(), std::nullopt}};
  return out;
}

}  // namespace

void Release::settle() {
  const auto signed_agreement =
      must(record::peek_statement(must(record::sign_statement(agreement.to_json(), key(1)))));
  decision.terms.agreement = must(record::agreement_id(signed_agreement));
  decision.terms.package_hash = crypto::sha256(package);
  for (std::size_t i = 0; i < approvals.size(); ++i) {
    approvals[i].terms = decision.terms;
    approvals[i].signature = officer_keys[i].sign(record::approval_message(decision.terms.hash()));
  }
  delivery.agreement = receipt.agreement = decision.terms.agreement;
  delivery.package_hash = receipt.package_hash = decision.terms.package_hash;
  delivery.package_size = receipt.package_size = package.size();
  delivery.decision_hash = decision.terms.hash();
}

void Run::settle() {
  for (std::size_t i = 0; i < approvals.size(); ++i)
    approvals[i].signature = key(officer_keys[i]).sign(record::approval_message(approvals[i].terms.hash()));
}

namespace {

/// Two officers of two units, and an approval of each.
template <class Story, class Approval>
void add_officers(Story& out, std::vector<Approval>& approvals, std::int64_t minute) {
  CountingEntropy entropy;
  for (int i = 0; i < 2; ++i) {
    const std::string unit = i == 0 ? "Operations" : "Legal";
    const std::string officer = "01890000-0000-7000-8000-00000000aa0" + std::to_string(i);
    const auto name =
        must(record::make_disclosure("name", record::Json("Officer " + std::to_string(i)), entropy));
    out.officers.push_back({head(10 + i, alpha, at(1)),
                            officer,
                            unit,
                            key(static_cast<std::uint8_t>(10 + i)).public_key(),
                            {name.digest}});
    Approval approval;
    approval.head = head(30 + i, alpha, at(minute + i));
    approval.officer = officer;
    approval.unit = unit;
    approval.key = out.officers.back().key;
    approvals.push_back(approval);
  }
}

}  // namespace

Release release() {
  Release out;
  out.agreement = agreement();
  add_officers(out, out.approvals, 12);
  for (const std::uint8_t number : {10, 11}) out.officer_keys.push_back(key(number));
  out.decision.head = head(20, alpha, at(10));
  out.decision.terms = {"01890000-0000-7000-8000-00000000bb01",
                        {},
                        {bravo},
                        {},
                        "prevention",
                        {"Alpha Cyber Act, section 4"},
                        "3f786850e387550fdab836ed7e6dc881de23001b",
                        at(60)};
  out.decision.items = {
      {"indicator--01890000-0000-4000-8000-000000000001", "TLP:AMBER", {"/created_by_ref"}, {"tlp_ceiling"}}};
  out.decision.not_released = 1;
  out.decision.reasons = {{"off_limits", 1}};
  out.decision.rules_fired = {"two_officers"};
  out.decision.verdict = "needs_approval";
  out.delivery.head = head(40, alpha, at(20));
  out.delivery.release = out.decision.terms.release;
  out.delivery.recipient = bravo;
  out.delivery.purpose = "prevention";
  out.receipt.head = head(50, bravo, at(21));
  out.receipt.release = out.decision.terms.release;
  out.receipt.sender = alpha;
  out.receipt.purpose = "prevention";
  out.receipt.received_at = at(21);
  out.receipt.conditions_accepted = {"no onward dissemination"};
  out.settle();
  return out;
}

EvidenceInput input(const Release& release, bool with_package) {
  EvidenceInput out = start(EvidenceKind::release, release.decision.terms.release);
  Recorder recorder(out);
  recorder.add(release.agreement.to_json(), key(1), at(0));
  recorder.add(release.agreement.to_json(), key(4), at(0));
  for (const auto& officer : release.officers) recorder.add(officer.to_json(), key(1), officer.head.created);
  recorder.add(release.decision.to_json(), key(1), release.decision.head.created);
  const auto revoke = [&](Timestamp time) {
    for (const auto& revocation : release.revocations) recorder.add(revocation.to_json(), key(1), time);
  };
  if (release.revoked_first) revoke(at(11));
  for (const auto& approval : release.approvals)
    recorder.add(approval.to_json(), key(1), approval.head.created);
  if (!release.revoked_first) revoke(at(19));
  recorder.add(release.delivery.to_json(), key(1),
               release.delivery_recorded.value_or(release.delivery.head.created));
  recorder.add(release.receipt.to_json(), key(4), release.receipt.head.created);
  recorder.finish();
  if (with_package) out.package = release.package;
  return out;
}

Run run() {
  Run out;
  out.agreement = agreement();
  const auto signed_agreement =
      must(record::peek_statement(must(record::sign_statement(out.agreement.to_json(), key(1)))));
  record::MatchStatement& a = out.initiator;
  a.head = head(60, alpha, at(5));
  a.run = "01890000-0000-7000-8000-00000000cc01";
  a.counterparty = bravo;
  a.role = "initiator";
  a.agreement = must(record::agreement_id(signed_agreement));
  a.purpose = "prevention";
  a.types = {"domain-name"};
  a.selector_version = "selector/1";
  a.output = "items";
  a.protocol = "dh-ristretto255/1";
  a.security = "semi-honest";
  a.set_size_padded = 1024;
  a.peer_set_size_padded = 4096;
  a.set_commitment = crypto::sha256(as_bytes("set of alpha"));
  a.peer_set_commitment = crypto::sha256(as_bytes("set of bravo"));
  a.offer_hash = crypto::sha256(as_bytes("offer"));
  a.transcript_hash = crypto::sha256(as_bytes("transcript"));
  a.outgoing_hash = crypto::sha256(as_bytes("alpha's messages"));
  a.budget_before = 1;
  a.leak_statement = "The peer learns that your set holds at most 1,024 items.";
  out.responder = a;
  record::MatchStatement& b = out.responder;
  b.head = head(61, bravo, at(5));
  b.counterparty = alpha;
  b.role = "responder";
  std::swap(b.set_size_padded, b.peer_set_size_padded);
  std::swap(b.set_commitment, b.peer_set_commitment);
  b.outgoing_hash = crypto::sha256(as_bytes("bravo's messages"));
  return out;
}

Run approved_run() {
  Run out = run();
  add_officers(out, out.approvals, 2);
  for (record::MatchApprovalStatement& approval : out.approvals) {
    const record::MatchStatement& own = out.initiator;
    approval.terms = {"01890000-0000-7000-8000-00000000dd01",
                      own.counterparty,
                      own.role,
                      own.agreement,
                      own.purpose,
                      own.types,
                      own.output,
                      own.learner,
                      {"dh-ristretto255/1", "vole-rr22/1"},
                      own.set_commitment,
                      own.set_size_padded,
                      0,
                      "3f786850e387550fdab836ed7e6dc881de23001b",
                      at(60)};
  }
  out.settle();
  return out;
}

EvidenceInput input(const Run& run) {
  EvidenceInput out = start(EvidenceKind::match, run.initiator.run);
  Recorder recorder(out);
  CountingEntropy entropy;
  recorder.add(run.agreement.to_json(), key(1), at(0));
  recorder.add(run.agreement.to_json(), key(4), at(0));
  for (const auto& officer : run.officers) recorder.add(officer.to_json(), key(1), officer.head.created);
  for (const auto& revocation : run.revocations) recorder.add(revocation.to_json(), key(1), at(2));
  const auto approve = [&] {
    for (const auto& approval : run.approvals)
      recorder.add(approval.to_json(), key(1), approval.head.created);
  };
  if (!run.approved_afterwards) approve();
  record::Json own = run.initiator.to_json();
  const auto hits = must(record::make_disclosure("hits", record::Json(7), entropy));
  record::add_digests(own, std::span(&hits, 1));
  recorder.add(own, key(1), run.initiator.head.created, {hits.encoded});
  recorder.add(run.responder.to_json(), key(4), run.responder.head.created);
  if (run.approved_afterwards) approve();
  recorder.finish();
  return out;
}

Result<Bytes> bundle(const Release& release, bool with_package) {
  return build_bundle(input(release, with_package), key(1));
}

Result<Bytes> bundle(const Run& run) {
  return build_bundle(input(run), key(1));
}

Trust trust() {
  using merkle::KeyType;
  Trust out;
  out.logs = {{alpha, KeyType::ed25519, key(2).public_key()}};
  out.roles = {{alpha, KeyType::ed25519, key(1).public_key()},
               {bravo, KeyType::ed25519, key(4).public_key()}};
  return out;
}

}  // namespace parley::ledger::world
