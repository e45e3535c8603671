#include <algorithm>

#include "commands_lookup.hpp"
#include "exchange/agreement_book.hpp"
#include "exchange/approval.hpp"
#include "exchange/lookup_proposal.hpp"
#include "exchange/match_proposal.hpp"
#include "exchange/release_session.hpp"
#include "service.hpp"

namespace parley::app {

namespace {

// ---- release ----

Json strings_json(const std::vector<std::string>& strings) {
  Json json = Json::array();
  for (const std::string& one : strings) json.push_back(one);
  return json;
}

Json leaves_json(const std::vector<exchange::ReleaseItem>& leaves) {
  Json json = Json::array();
  for (const exchange::ReleaseItem& item : leaves)
    json.push_back(Json::object({{"id", item.id}, {"type", item.type}, {"marking", item.marking}}));
  return json;
}

Json removed_json(const std::vector<exchange::Removed>& removed) {
  Json json = Json::array();
  for (const exchange::Removed& one : removed)
    json.push_back(Json::object({{"what", one.what}, {"rule", one.rule}, {"why", one.why}}));
  return json;
}

Json approvals_json(const policy::Approvals& needs) {
  return Json::object({{"count", needs.count},
                       {"units", strings_json(needs.units)},
                       {"different_units", needs.different_units}});
}

Json release_json(const exchange::Release& release) {
  Json given = Json::array();
  for (const exchange::ReleaseApproval& approval : release.approvals)
    given.push_back(Json::object(
        {{"unit", approval.unit}, {"officer", approval.officer}, {"at", format_time(approval.at)}}));
  Json json = Json::object({{"release", release.id},
                            {"state", exchange::release_state_name(release.state)},
                            {"peer", release.peer_origin},
                            {"agreement", release.terms.agreement},
                            {"purpose", release.terms.purpose},
                            {"package_hash", to_hex(release.terms.package_hash)},
                            {"decision_hash", to_hex(release.terms.hash())},
                            {"policy_version", release.terms.policy_version},
                            {"expires", format_time(release.terms.expiry)},
                            {"leaves", leaves_json(release.leaves)},
                            {"removed", removed_json(release.removed)},
                            {"approvals_needed", approvals_json(release.needs)},
                            {"approvals", std::move(given)},
                            {"receipt", !release.receipt_jws.empty()}});
  if (!release.why.empty()) json.set("why", release.why);
  return json;
}

Result<exchange::ReleaseQuestion> release_question(Service&, const Args& args) {
  exchange::ReleaseQuestion question;
  PARLEY_TRY(question.peer, args.text("peer"));
  PARLEY_TRY(question.agreement, args.text("agreement"));
  PARLEY_TRY(question.purpose, args.text("purpose"));
  question.objects = args.list("objects");
  for (std::string& selector : args.list("selectors")) question.objects.push_back(std::move(selector));
  if (question.objects.empty())
    return fail(ErrorKind::usage, "name what is to leave: --object ID or --selector TYPE:VALUE");
  PARLEY_TRY(question.valid_for, args.days(7, 90));
  return question;
}

Result<Answer> release_preview(Service& service, const Args& args) {
  PARLEY_TRY(exchange::ReleaseQuestion question, release_question(service, args));
  PARLEY_TRY(exchange::ReleasePreview preview, exchange::preview_release(service.node(), question));
  return Answer{Json::object({{"decision", policy::outcome_name(preview.decision.outcome)},
                              {"rules", strings_json(preview.decision.rules())},
                              {"why", preview.decision.why()},
                              {"approvals_needed", approvals_json(preview.decision.approvals)},
                              {"package_hash", to_hex(preview.package_hash)},
                              {"package", preview.package},
                              {"leaves", leaves_json(preview.leaves)},
                              {"removed", removed_json(preview.removed)}})};
}

Result<Answer> release_list(Service& service, const Args&) {
  PARLEY_TRY(std::vector<exchange::Release> releases, exchange::list_releases(service.node()));
  PARLEY_TRY(std::vector<exchange::ReceivedRelease> received, exchange::list_received(service.node()));
  Json list = Json::array();
  for (const exchange::Release& release : releases) list.push_back(release_json(release));
  Json in = Json::array();
  for (const exchange::ReceivedRelease& one : received)
    in.push_back(Json::object({{"release", one.id},
                               {"peer", one.peer_origin},
                               {"agreement", one.agreement},
                               {"purpose", one.purpose},
                               {"package_hash", to_hex(one.package_hash)},
                               {"objects", one.objects},
                               {"received", format_time(one.received)}}));
  return Answer{Json::object({{"releases", std::move(list)}, {"received", std::move(in)}})};
}

Result<Answer> release_show(Service& service, const Args& args) {
  PARLEY_TRY(exchange::Release release, exchange::find_release(service.node(), args.text_or("id", "")));
  Json output = release_json(release);
  output.set("package", release.package);
  return Answer{std::move(output)};
}

/// Sends an approved release and answers with it, delivered or not.
void deliver(Service& service, const std::string& id, const Service::Reply& reply, bool failure_is_error) {
  auto release = exchange::find_release(service.node(), id);
  if (!release) return reply->error(release.error());
  if (release->state != exchange::ReleaseState::approved &&
      release->state != exchange::ReleaseState::attempted) {
    if (failure_is_error && release->state != exchange::ReleaseState::delivered)
      return reply->error({ErrorKind::refused,
                           "the release is " + std::string(exchange::release_state_name(release->state)) +
                               (release->why.empty() ? "" : ": " + release->why),
                           {},
                           {"release-not-approved"}});
    return reply->result(answer_json({release_json(*release)}));
  }
  auto peer = exchange::find_peer(service.node(), release->peer_origin);
  if (!peer) return reply->error(peer.error());
  service.call_peer(
      *peer,
      [&service,
       full_id = release->id](const net::SessionContext&) -> Result<std::shared_ptr<peer::Machine>> {
        return std::make_shared<exchange::ReleaseSender>(service.node(), full_id);
      },
      [&service, full_id = release->id, reply, failure_is_error](const Result<net::Outcome>& outcome) {
        if (!outcome && failure_is_error) return reply->error(outcome.error());
        auto now = exchange::find_release(service.node(), full_id);
        if (!now) return reply->error(now.error());
        Json output = release_json(*now);
        if (!outcome) output.set("why_not_delivered", outcome.error().text());
        reply->result(answer_json({std::move(output)}));
      });
}

void release_propose(Service& service, const Args& args, const Service::Reply& reply) {
  auto question = release_question(service, args);
  if (!question) return reply->error(question.error());
  auto release = exchange::propose_release(service.node(), *question);
  if (!release) return reply->error(release.error());
  if (release->state == exchange::ReleaseState::approved) return deliver(service, release->id, reply, false);
  reply->result(answer_json({release_json(*release)}));
}

void release_deliver(Service& service, const Args& args, const Service::Reply& reply) {
  deliver(service, args.text_or("id", ""), reply, true);
}

/// What the officer's own process signs: a release, a match, or a set for look-ups, of that id.
Result<Answer> approval_request(Service& service, const Args& args) {
  const std::string id = args.text_or("id", "");
  const std::string officer = args.text_or("officer", "");
  exchange::Node& node = service.node();
  const bool is_release = exchange::find_release(node, id).has_value();
  const bool is_match = !is_release && exchange::find_match_proposal(node, id).has_value();
  const bool is_lookup = !is_release && !is_match && exchange::find_lookup_proposal(node, id).has_value();
  auto request = is_lookup  ? exchange::request_lookup_approval(node, id, officer)
                 : is_match ? exchange::request_match_approval(node, id, officer)
                            : exchange::request_approval(node, id, officer);
  if (!request) return std::unexpected<Error>(request.error());
  Json output = request->to_json();
  if (request->lookup) output.set("leak_statement", request->lookup->leak_statement);
  if (request->match) {
    PARLEY_TRY(const exchange::MatchProposal proposal, exchange::find_match_proposal(service.node(), id));
    PARLEY_TRY(std::string leak, exchange::proposal_leak(service.node(), proposal));
    output.set("own_size", proposal.own_size);
    output.set("leak_statement", std::move(leak));
  }
  return Answer{std::move(output)};
}

void approval_submit(Service& service, const Args& args, const Service::Reply& reply) {
  const std::string text = args.text_or("answer", "");
  if (const auto answer = exchange::parse_officer_answer(text); answer && answer->of_match)
    return submit_match_approval(service, text, reply);
  else if (answer && answer->of_lookup)
    return submit_lookup_approval(service, text, reply);
  auto release = exchange::submit_approval(service.node(), text);
  if (!release) return reply->error(release.error());
  if (release->state == exchange::ReleaseState::approved) return deliver(service, release->id, reply, false);
  reply->result(answer_json({release_json(*release)}));
}

}  // namespace

void add_release_commands(Service::Commands& commands) {
  commands["release preview"] = immediate(release_preview);
  commands["release propose"] = release_propose;
  commands["release list"] = immediate(release_list);
  commands["release show"] = immediate(release_show);
  commands["release deliver"] = release_deliver;
  commands["approval request"] = immediate(approval_request);
  commands["approval submit"] = approval_submit;
}

}  // namespace parley::app
