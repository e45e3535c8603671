#include <algorithm>

#include "exchange/agreement_session.hpp"
#include "exchange/notices.hpp"
#include "exchange/officer.hpp"
#include "files.hpp"
#include "key_file.hpp"
#include "ledger/trust.hpp"
#include "merkle/note.hpp"
#include "peer/invitation.hpp"
#include "service.hpp"
#include "state/store.hpp"

namespace parley::app {

namespace {

using exchange::PeerRecord;
using exchange::PeerStatus;

// ---- officers ----

Json officer_json(const exchange::Officer& officer) {
  Json json = Json::object({{"name", officer.name},
                            {"unit", officer.unit},
                            {"id", officer.id},
                            {"key", to_hex(officer.key.value())},
                            {"enrolled", format_time(officer.enrolled)}});
  json.set("revoked", officer.revoked ? Json(format_time(*officer.revoked)) : Json());
  return json;
}

Result<Answer> officer_add(Service& service, const Args& args) {
  PARLEY_TRY(std::string name, args.text("name"));
  PARLEY_TRY(std::string unit, args.text("unit"));
  PARLEY_TRY(std::string hex, args.text("key"));
  PARLEY_TRY(Bytes bytes, from_hex(hex));
  PARLEY_TRY(crypto::PublicKey key, crypto::parse_public_key(bytes));
  PARLEY_TRY(exchange::Officer officer, exchange::add_officer(service.node(), name, unit, key));
  return Answer{officer_json(officer)};
}

Result<Answer> officer_list(Service& service, const Args&) {
  PARLEY_TRY(std::vector<exchange::Officer> officers, exchange::list_officers(service.node()));
  Json list = Json::array();
  for (const exchange::Officer& officer : officers) list.push_back(officer_json(officer));
  return Answer{Json::object({{"officers", std::move(list)}})};
}

Result<Answer> officer_revoke(Service& service, const Args& args) {
  PARLEY_TRY(std::string name, args.text("name"));
  PARLEY_TRY(exchange::Officer officer,
             exchange::revoke_officer(service.node(), name, args.text_or("reason", "other")));
  return Answer{officer_json(officer)};
}

// ---- peers ----

merkle::VerifierKey log_vkey(Service& service) {
  return {service.node().identity().origin, merkle::KeyType::ed25519, service.node().keys().log.public_key()};
}

/// An own invitation that is not bound to a peer yet: its secret is waiting for the node that holds it.
struct OpenInvitation {
  std::string id;
  Bytes secret;
};

Result<std::vector<OpenInvitation>> open_invitations(Service& service) {
  PARLEY_TRY(auto reader, service.node().store().snapshot());
  PARLEY_TRY(auto documents, reader->list_documents("invitations", "", state::max_page));
  std::vector<OpenInvitation> open;
  for (const state::Document& document : documents) {
    PARLEY_TRY(Json json, encoding::parse_json(as_text(document.body)));
    PARLEY_TRY(std::string created_text, json.string_member("created"));
    PARLEY_TRY(Timestamp created, parse_time(created_text));
    // Read as of its making: the other side may have accepted it in time and be answered later.
    PARLEY_TRY(peer::Invitation invitation, peer::read_invitation(as_text(document.body), created));
    open.push_back({document.id, Bytes(invitation.pairing_secret.begin(), invitation.pairing_secret.end())});
  }
  return open;
}

Result<void> close_invitation(Service& service, const std::string& id) {
  return state::write(service.node().store(), state::Durability::synced,
                      [&](state::Transaction& t) -> Result<void> {
                        auto erased = t.erase_document({"invitations", id});
                        if (!erased) return std::unexpected<Error>(erased.error());
                        return {};
                      });
}

/// Which of this node's invitations the peer holds: the one that is named, or the only one that is open. Its
/// secret and the peer's make the key of the second encryption layer. Both sides must have it or neither, so
/// a guess is not good enough. Empty when none is open: the next `peer invite` is then the peer's.
Result<std::string> bind_invitation(Service& service, const std::string& named, PeerRecord& peer) {
  PARLEY_TRY(std::vector<OpenInvitation> open, open_invitations(service));
  if (open.empty() && named.empty()) return std::string();
  std::string ids;
  for (const OpenInvitation& one : open) ids += (ids.empty() ? "" : ", ") + one.id;
  if (!named.empty())
    std::erase_if(open, [&](const OpenInvitation& one) { return !one.id.starts_with(named); });
  if (open.size() != 1)
    return fail(
        ErrorKind::usage,
        "which of this node's invitations does that node hold? Name it with --invitation ID; open: " + ids);
  peer.own_secret = open.front().secret;
  return open.front().id;
}

/// The pinned peer that a fresh invitation is for: the one that is named, or the only one that has none yet.
Result<std::optional<PeerRecord>> peer_without_invitation(Service& service, const std::string& named) {
  if (!named.empty()) {
    PARLEY_TRY(PeerRecord peer, exchange::find_peer(service.node(), named));
    return std::optional<PeerRecord>(std::move(peer));
  }
  PARLEY_TRY(std::vector<PeerRecord> peers, exchange::list_peers(service.node()));
  std::erase_if(peers, [](const PeerRecord& peer) { return !peer.own_secret.empty(); });
  if (peers.size() != 1) return std::optional<PeerRecord>();
  return std::optional<PeerRecord>(std::move(peers.front()));
}

Result<Answer> peer_invite(Service& service, const Args& args) {
  exchange::Node& node = service.node();
  peer::Invitation invitation;
  const Timestamp now = node.clock().now();
  invitation.id = make_uuid7(now.microseconds(), node.entropy());
  invitation.address = args.text_or("address", service.home().config().peer_address);
  if (invitation.address.empty())
    return fail(ErrorKind::usage, "say where the other node reaches this one: --address host:port");
  invitation.name = node.identity().name;
  invitation.kind = node.identity().kind;
  invitation.jurisdiction = node.identity().jurisdiction;
  invitation.origin = peer::Origin(node.identity().origin);
  invitation.role_key = node.keys().role.public_key();
  invitation.log_vkey = log_vkey(service).text();
  invitation.tls_key = node.keys().tls.public_key();
  invitation.pairing_secret = node.entropy().array<32>();
  invitation.created = now;
  PARLEY_TRY(const std::chrono::hours days, args.days(7, 365));
  invitation.expires = now + days;
  PARLEY_TRY(std::string text, peer::write_invitation(invitation, node.keys().role));
  const std::string path = args.text_or("output", "");
  if (!path.empty())
    PARLEY_CHECK(write_file(path, text, 0600));  // before it is open here: nobody else has it
  PARLEY_TRY(std::optional<PeerRecord> for_peer, peer_without_invitation(service, args.text_or("for", "")));
  if (for_peer) {
    for_peer->own_secret.assign(invitation.pairing_secret.begin(), invitation.pairing_secret.end());
    PARLEY_TRY(*for_peer, exchange::pin_peer(node, std::move(*for_peer)));
  } else {
    // Kept, so that the secret is known on this side too when the other one's invitation comes.
    auto kept =
        state::write(node.store(), state::Durability::synced, [&](state::Transaction& t) -> Result<void> {
          auto put =
              t.put_document({"invitations", invitation.id}, as_bytes(text), state::DocumentVersion(0));
          if (!put) return std::unexpected<Error>(put.error());
          return {};
        });
    if (!kept) return std::unexpected<Error>(kept.error());
  }
  Json output = Json::object({{"id", invitation.id},
                              {"fingerprint", peer::fingerprint(invitation)},
                              {"expires", format_time(invitation.expires)}});
  if (for_peer) output.set("for", for_peer->name);
  // It carries the pairing secret: written to a file, it stands nowhere else, in no log of a script either.
  if (!path.empty())
    output.set("file", path);
  else
    output.set("invitation", text);
  return Answer{std::move(output)};
}

Json peer_json(const PeerRecord& peer) {
  return Json::object({{"name", peer.name},
                       {"origin", peer.origin},
                       {"kind", peer.kind},
                       {"jurisdiction", peer.jurisdiction},
                       {"address", peer.address},
                       {"fingerprint", peer.fingerprint},
                       {"status", peer.status == PeerStatus::active ? "active" : "suspended"},
                       {"suspended_by_peer", peer.suspended_there},
                       {"accepted", format_time(peer.accepted)}});
}

Result<Answer> peer_accept(Service& service, const Args& args) {
  PARLEY_TRY(std::string path, args.text("file"));
  PARLEY_TRY(std::string text, read_file(path, peer::max_invitation_bytes));
  auto invitation = peer::read_invitation(text, service.home().clock().now());
  if (!invitation) {
    Error error = invitation.error();
    error.where = error.where.empty() ? path : path + " " + error.where;
    return std::unexpected<Error>(std::move(error));
  }
  if (invitation->origin.value() == service.node().identity().origin)
    return fail(ErrorKind::bad_input, "this is the node's own invitation; it is for the other side", path);
  PeerRecord peer;
  peer.name = args.text_or("name", invitation->name);
  peer.origin = invitation->origin.value();
  peer.kind = invitation->kind;
  peer.jurisdiction = invitation->jurisdiction;
  peer.address = invitation->address;
  peer.role_key = invitation->role_key;
  peer.tls_key = invitation->tls_key;
  peer.log_vkey = invitation->log_vkey;
  peer.fingerprint = peer::fingerprint(*invitation);
  peer.pairing_secret.assign(invitation->pairing_secret.begin(), invitation->pairing_secret.end());
  PARLEY_TRY(std::string bound, bind_invitation(service, args.text_or("invitation", ""), peer));
  PARLEY_TRY(peer, exchange::pin_peer(service.node(), std::move(peer)));
  if (!bound.empty()) PARLEY_CHECK(close_invitation(service, bound));
  PARLEY_CHECK(service.refresh_pinned());
  Json output = peer_json(peer);
  output.set("second_layer", !peer.own_secret.empty());
  return Answer{std::move(output)};
}

Result<Answer> peer_list(Service& service, const Args& args) {
  PARLEY_TRY(std::vector<PeerRecord> peers, exchange::list_peers(service.node()));
  if (args.flag("trust")) {
    ledger::Trust trust;
    const std::string& own = service.node().identity().origin;
    trust.logs.push_back(log_vkey(service));
    trust.roles.push_back({own, merkle::KeyType::ed25519, service.node().keys().role.public_key()});
    for (const PeerRecord& peer : peers) {
      PARLEY_TRY(merkle::VerifierKey log, merkle::parse_vkey(peer.log_vkey));
      trust.logs.push_back(log);
      trust.roles.push_back({peer.origin, merkle::KeyType::ed25519, peer.role_key});
    }
    return Answer{Json::object({{"trust", ledger::format_trust(trust)}})};
  }
  Json list = Json::array();
  for (const PeerRecord& peer : peers) list.push_back(peer_json(peer));
  return Answer{Json::object({{"peers", std::move(list)}})};
}

/// The peer's record once it has the new status, and the notice that tells the peer.
Result<std::pair<PeerRecord, std::string>> change_status(Service& service, const std::string& name,
                                                         PeerStatus status) {
  PARLEY_TRY(PeerRecord peer, exchange::set_peer_status(service.node(), name, status));
  PARLEY_CHECK(service.refresh_pinned());
  PARLEY_TRY(std::string notice, exchange::make_peer_notice(service.node(), peer));
  return std::pair(std::move(peer), std::move(notice));
}

/// In force at once; then the peer is told, if it can be reached.
Service::Command set_status(PeerStatus status) {
  return [status](Service& service, const Args& args, const Service::Reply& reply) {
    auto changed = change_status(service, args.text_or("peer", ""), status);
    if (!changed) return reply->error(changed.error());
    service.tell_peer(changed->first, std::move(changed->second), peer_json(changed->first), reply);
  };
}

// ---- agreements ----

Json agreement_json(Service& service, const exchange::AgreementEntry& entry) {
  const policy::Agreement& a = entry.state.agreement;
  Json purposes = Json::array();
  for (const std::string& purpose : a.purposes) purposes.push_back(purpose);
  Json types = Json::array();
  for (const intel::SelectorType type : a.types) types.push_back(intel::type_name(type));
  Json parties = Json::array();
  for (const policy::AgreementParty& party : a.parties)
    parties.push_back(Json::object({{"name", party.name},
                                    {"origin", party.origin},
                                    {"kind", party.kind},
                                    {"jurisdiction", party.jurisdiction},
                                    {"authority", party.authority}}));
  return Json::object({{"agreement", a.hash},
                       {"status", policy::status_name(entry.state.status(service.home().clock().now()))},
                       {"signed_by_us", entry.state.signed_by_us},
                       {"signed_by_peer", entry.state.signed_by_peer},
                       {"resumed_by_us", entry.resumed_by_us},
                       {"resumed_by_peer", entry.resumed_by_peer},
                       {"parties", std::move(parties)},
                       {"purposes", std::move(purposes)},
                       {"types", std::move(types)},
                       {"output", policy::output_name(a.output)},
                       {"learner", a.both_may_learn ? "both" : "one"},
                       {"min_set", a.min_set},
                       {"max_set", a.max_set},
                       {"runs_per_day", a.runs_per_day},
                       {"items_per_day", a.items_per_day},
                       {"audit_days", a.audit_days},
                       {"lookups_per_day", a.lookups_per_day},
                       {"lookup_labels", a.lookup_labels},
                       {"valid_from", format_time(a.valid_from)},
                       {"valid_to", format_time(a.valid_to)}});
}

Result<exchange::AgreementTerms> terms_of(Service& service, const Args& args) {
  exchange::AgreementTerms terms;
  PARLEY_TRY(terms.peer, args.text("peer"));
  PARLEY_TRY(terms.authority, args.text("authority"));
  PARLEY_TRY(terms.peer_authority, args.text("peer_authority"));
  terms.purposes = args.list("purposes");
  std::sort(terms.purposes.begin(), terms.purposes.end());
  terms.purposes.erase(std::unique(terms.purposes.begin(), terms.purposes.end()), terms.purposes.end());
  for (const std::string& name : args.list("types")) {
    const auto type = intel::parse_selector_type(name);
    if (!type) return fail(ErrorKind::usage, "--types: there is no selector type \"" + name + "\"");
    if (std::find(terms.types.begin(), terms.types.end(), *type) == terms.types.end())
      terms.types.push_back(*type);
  }
  const auto output = policy::parse_output(args.text_or("output", "items"));
  if (!output) return fail(ErrorKind::usage, "--output: items or size");
  terms.output = *output;
  const std::string learner = args.text_or("learner", "one");
  if (learner != "one" && learner != "both") return fail(ErrorKind::usage, "--learner: one or both");
  terms.both_may_learn = learner == "both";
  terms.min_set = args.number("min_set").value_or(16);
  terms.max_set = args.number("max_set").value_or(1U << 20);
  terms.runs_per_day = static_cast<std::uint32_t>(
      std::min<std::uint64_t>(args.number("runs_per_day").value_or(4), UINT32_MAX));
  terms.items_per_day = args.number("items_per_day").value_or(0);
  terms.lookups_per_day = args.number("lookups_per_day").value_or(0);
  terms.lookup_labels = args.flag("lookup_labels");
  terms.audit_days =
      static_cast<std::uint32_t>(std::min<std::uint64_t>(args.number("audit_days").value_or(30), UINT32_MAX));
  const Timestamp now = service.home().clock().now();
  terms.valid_from = now;
  if (args.has("valid_from")) {
    PARLEY_TRY(terms.valid_from, parse_time(args.text_or("valid_from", "")));
  }
  PARLEY_TRY(const std::chrono::hours days, args.days(365, 3660));
  terms.valid_to = terms.valid_from + days;
  if (args.has("valid_to")) {
    PARLEY_TRY(terms.valid_to, parse_time(args.text_or("valid_to", "")));
  }
  return terms;
}

Result<Answer> agreement_draft(Service& service, const Args& args) {
  PARLEY_TRY(exchange::AgreementTerms terms, terms_of(service, args));
  PARLEY_TRY(exchange::AgreementEntry entry, exchange::draft_agreement(service.node(), terms));
  return Answer{agreement_json(service, entry)};
}

/// Signs, then carries the signature to the peer. That the peer is away does not undo the signature: the
/// answer says so, and signing again delivers it.
void agreement_sign(Service& service, const Args& args, const Service::Reply& reply) {
  auto entry = exchange::sign_agreement(service.node(), args.text_or("id", ""));
  if (!entry) return reply->error(entry.error());
  auto peer = exchange::find_peer(service.node(), entry->peer_origin);
  if (!peer) return reply->error(peer.error());
  const std::string hash = entry->state.agreement.hash;
  const std::string origin = peer->origin;
  service.call_peer(
      *peer,
      [&service, hash, origin](const net::SessionContext&) -> Result<std::shared_ptr<peer::Machine>> {
        return std::make_shared<exchange::AgreementSender>(service.node(), origin, hash);
      },
      [&service, hash, reply](const Result<net::Outcome>& outcome) {
        auto now = exchange::find_agreement(service.node(), hash);
        if (!now) return reply->error(now.error());
        Json output = agreement_json(service, *now);
        output.set("delivered", outcome.has_value());
        if (!outcome) output.set("why_not_delivered", outcome.error().text());
        reply->result(answer_json({std::move(output)}));
      });
}

Result<Answer> agreement_list(Service& service, const Args&) {
  PARLEY_TRY(std::vector<exchange::AgreementEntry> entries, exchange::list_agreements(service.node()));
  Json list = Json::array();
  for (const exchange::AgreementEntry& entry : entries) list.push_back(agreement_json(service, entry));
  return Answer{Json::object({{"agreements", std::move(list)}})};
}

Result<Answer> agreement_show(Service& service, const Args& args) {
  PARLEY_TRY(exchange::AgreementEntry entry,
             exchange::find_agreement(service.node(), args.text_or("id", "")));
  Json output = agreement_json(service, entry);
  output.set("payload", entry.payload);
  output.set("own_statement", entry.own_jws);
  output.set("peer_statement", entry.peer_jws);
  return Answer{std::move(output)};
}

/// Answers with the agreement once the peer was told of our latest notice, or could not be reached.
void tell_agreement(Service& service, const Result<exchange::AgreementEntry>& entry,
                    const Service::Reply& reply) {
  if (!entry) return reply->error(entry.error());
  auto peer = exchange::find_peer(service.node(), entry->peer_origin);
  if (!peer) return reply->error(peer.error());
  Json output = agreement_json(service, *entry);
  if (entry->notice_jws.empty()) return reply->result(answer_json({std::move(output)}));
  service.tell_peer(*peer, entry->notice_jws, std::move(output), reply);
}

void agreement_suspend(Service& service, const Args& args, const Service::Reply& reply) {
  tell_agreement(service, exchange::suspend_agreement(service.node(), args.text_or("id", ""), "operator"),
                 reply);
}

void agreement_resume(Service& service, const Args& args, const Service::Reply& reply) {
  tell_agreement(service, exchange::resume_agreement(service.node(), args.text_or("id", "")), reply);
}

}  // namespace

void add_officer_commands(Service::Commands& commands) {
  commands["officer add"] = immediate(officer_add);
  commands["officer list"] = immediate(officer_list);
  commands["officer revoke"] = immediate(officer_revoke);
}

void add_peer_commands(Service::Commands& commands) {
  commands["peer invite"] = immediate(peer_invite);
  commands["peer accept"] = immediate(peer_accept);
  commands["peer list"] = immediate(peer_list);
  commands["peer suspend"] = set_status(PeerStatus::suspended);
  commands["peer resume"] = set_status(PeerStatus::active);
}

void add_agreement_commands(Service::Commands& commands) {
  commands["agreement draft"] = immediate(agreement_draft);
  commands["agreement sign"] = agreement_sign;
  commands["agreement list"] = immediate(agreement_list);
  commands["agreement show"] = immediate(agreement_show);
  commands["agreement suspend"] = agreement_suspend;
  commands["agreement resume"] = agreement_resume;
}

}  // namespace parley::app
