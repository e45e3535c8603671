#include "api/taxii_endpoint.hpp"

#include <gtest/gtest.h>

#include "api/taxii_media.hpp"
#include "crypto/seeded.hpp"
#include "taxii/resources.hpp"

namespace parley::api {
namespace {

constexpr std::string_view objects_path =
    "/taxii2/intel/collections/0b6a7b7e-3f0b-4c3e-9d0e-1a2b3c4d5e6f/objects/";

std::string basic(std::string_view user, std::string_view password) {
  return "Basic " + to_base64(as_bytes(std::string(user) + ":" + std::string(password)));
}

/// A node that knows alice, a token and a certificate, and answers with what it was asked.
struct Site {
  Site() {
    node.authenticate = [this](const Credentials& c) -> Result<std::string> {
      ++authenticated;
      if (c.user == "alice" && c.password == "secret") return "alice";
      if (c.token == "token-1") return "robot";
      if (c.certificate && (*c.certificate)[0] == 7) return "machine";
      return fail(ErrorKind::not_found, "no such caller");
    };
    node.answer = [this](const taxii::Request& r) {
      ++answered;
      asked = std::string(r.caller) + " " + std::string(r.path) + "?" + std::string(r.query);
      if (r.caller.empty()) {
        taxii::Answer out = taxii::error_answer(401, "Unauthorized");
        out.challenge = true;
        return out;
      }
      if (r.method == taxii::Method::erase) return taxii::Answer{};
      taxii::Answer out = taxii::json_answer(200, body);
      out.date_added_first = Timestamp::from_microseconds(1'700'000'000'000'001);
      out.date_added_last = Timestamp::from_microseconds(1'700'000'000'123'456);
      out.reuse = taxii::Answer::Reuse{epoch, clock.now().seconds() / 60, 5};
      return out;
    };
    node.begin_posting = [this](const taxii::Request& r, std::string text, taxii::Answer& refusal) {
      TaxiiNode::Steps steps;
      if (r.caller.empty()) {
        refusal = taxii::error_answer(401, "Unauthorized");
        refusal.challenge = true;
        return steps;
      }
      if (r.caller == "robot") {
        refusal = taxii::error_answer(403, "Forbidden");
        return steps;
      }
      posted = std::move(text);
      steps = [left = 2]() mutable -> Result<std::optional<taxii::Answer>> {
        if (--left > 0) return std::optional<taxii::Answer>();
        return taxii::json_answer(202, "{\"status\":\"complete\"}");
      };
      return steps;
    };
    node.epoch = [this] { return epoch; };
    node.note_served = [this](std::uint64_t ticket, std::uint64_t times) { served[ticket] += times; };
    endpoint = std::make_unique<TaxiiEndpoint>(node, clock, entropy);
  }

  net::Request request(std::string_view method, std::string_view path, std::string_view query = {}) const {
    net::Request out;
    out.method = std::string(method);
    out.path = std::string(path);
    out.query = std::string(query);
    out.network = "192.0.2.1";
    out.fields.add("host", "taxii.example.org");
    out.fields.add("authorization", basic("alice", "secret"));
    return out;
  }
  net::Response get(std::string_view path, std::string_view query = {}) {
    net::Request r = request("GET", path, query);
    return endpoint->answer(r);
  }
  net::Response with(std::string_view method, std::string name, std::string value, bool authorized = true) {
    net::Request r = request(method, objects_path);
    if (!authorized) r.fields = {};
    r.fields.add(std::move(name), std::move(value));
    r.body = "{}";
    return endpoint->answer(r);
  }

  ManualClock clock{Timestamp::from_seconds(1'800'000'000)};
  crypto::SeededEntropy entropy{crypto::Secret<32>(ByteArray<32>{1}), "taxii"};
  TaxiiNode node;
  std::unique_ptr<TaxiiEndpoint> endpoint;
  std::uint64_t epoch = 1;
  int authenticated = 0;
  int answered = 0;
  std::string asked, posted;
  std::string body = R"({"objects":[{"id":"x"}]})";
  std::map<std::uint64_t, std::uint64_t> served;
};

std::string field(const net::Response& response, std::string_view name) {
  std::string out;
  for (const auto& [key, value] : response.fields)
    if (key == name) out += (out.empty() ? "" : "|") + value;
  return out;
}
std::string text(const net::Response& response) {
  return response.page ? *response.page : response.body;
}

TEST(TaxiiHttp, answers_in_the_taxii_media_type) {
  Site site;
  const net::Response answer = site.get(objects_path);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.content_type, "application/taxii+json;version=2.1");
  EXPECT_EQ(text(answer), site.body);
}

TEST(TaxiiHttp, answers_errors_in_the_taxii_media_type_too) {
  Site site;
  for (const net::Response& answer :
       {site.get("/taxii2/a/b/c/d/e/f/"), site.with("GET", "accept", "text/html"),
        site.with("POST", "content-type", "text/plain"), site.with("PUT", "x", "y"),
        site.with("GET", "authorization", "Digest x"),
        TaxiiEndpoint::refuse({413, "too long", "/taxii2/intel/"}),
        TaxiiEndpoint::refuse({431, "too many", "/taxii2/"})}) {
    EXPECT_GE(answer.status, 400);
    EXPECT_EQ(answer.content_type, "application/taxii+json;version=2.1") << answer.status;
    EXPECT_NE(text(answer).find("\"http_status\":\"" + std::to_string(answer.status) + "\""),
              std::string::npos)
        << text(answer);
    EXPECT_NE(text(answer).find("\"title\":\""), std::string::npos);
  }
  EXPECT_EQ(TaxiiEndpoint::refuse({413, "too long", "/ledger/"}).content_type, "text/plain; charset=utf-8");
}

TEST(TaxiiHttp, tells_the_dates_of_first_and_last_object_with_six_digits) {
  Site site;
  const net::Response answer = site.get(objects_path);
  EXPECT_EQ(field(answer, "X-TAXII-Date-Added-First"), "2023-11-14T22:13:20.000001Z");
  EXPECT_EQ(field(answer, "X-TAXII-Date-Added-Last"), "2023-11-14T22:13:20.123456Z");
}

TEST(TaxiiHttp, leaves_the_date_headers_out_of_an_empty_answer) {
  Site site;
  site.node.answer = [](const taxii::Request&) { return taxii::json_answer(200, "{}"); };
  site.endpoint = std::make_unique<TaxiiEndpoint>(site.node, site.clock, site.entropy);
  const net::Response answer = site.get(objects_path);
  EXPECT_EQ(field(answer, "X-TAXII-Date-Added-First"), "");
  EXPECT_EQ(field(answer, "X-TAXII-Date-Added-Last"), "");
  EXPECT_EQ(text(answer), "{}");
}

TEST(TaxiiHttp, never_says_406_to_a_media_type_of_the_specification) {
  Site site;
  for (const char* accept :
       {"application/taxii+json", "application/taxii+json;version=2.1", "application/taxii+json; version=2.1",
        "application/taxii+json ; version = \"2.1\"", "APPLICATION/TAXII+JSON;VERSION=2.1",
        "application/taxii+json;version=2.1;q=0.5, text/html", "application/stix+json;version=2.1",
        "application/stix+json", "application/taxii+json;version=2.0, application/taxii+json;version=2.1"})
    EXPECT_EQ(site.with("GET", "accept", accept).status, 200) << accept;
}

TEST(TaxiiHttp, takes_wildcards_plain_json_and_no_accept_at_all) {
  Site site;
  EXPECT_EQ(site.get(objects_path).status, 200);
  for (const char* accept : {"*/*", "application/*", "application/json", "text/html, */*;q=0.1"})
    EXPECT_EQ(site.with("GET", "accept", accept).status, 200) << accept;
}

TEST(TaxiiHttp, says_406_to_every_other_media_type) {
  Site site;
  for (const char* accept :
       {"text/html", "application/xml", "application/taxii+json;version=2.0",
        "application/taxii+json;version=1.1", "application/vnd.oasis.taxii+json; version=2.0",
        "application/taxii+json;q=0", "*/*;q=0.0", "garbage"})
    EXPECT_EQ(site.with("GET", "accept", accept).status, 406) << accept;
  EXPECT_EQ(site.answered, 0);
}

TEST(TaxiiHttp, never_says_415_to_a_media_type_of_the_specification) {
  Site site;
  for (const char* type : {"application/taxii+json", "application/taxii+json;version=2.1",
                           "application/taxii+json; version=2.1", "Application/Taxii+Json; charset=UTF-8",
                           "application/stix+json; version=2.1", "application/stix+json;version=2.0"}) {
    const net::Response answer = site.with("POST", "content-type", type);
    ASSERT_TRUE(answer.later) << type;
    EXPECT_FALSE((*answer.later)());
    EXPECT_EQ((*answer.later)()->status, 202);
  }
}

TEST(TaxiiHttp, says_415_to_every_other_body) {
  Site site;
  for (const char* type :
       {"application/json", "text/plain", "application/xml", "application/taxii+json;version=2.0",
        "application/taxii+json;charset=utf-16", "application/x-www-form-urlencoded", ""})
    EXPECT_EQ(site.with("POST", "content-type", type).status, 415) << type;
  EXPECT_EQ(site.with("POST", "x", "no content type").status, 415);
  EXPECT_EQ(site.posted, "");
}

TEST(TaxiiHttp, says_401_with_a_challenge_to_wrong_and_to_missing_credentials) {
  Site site;
  for (const std::string& value :
       {basic("alice", "wrong"), basic("bob", "secret"), std::string("Bearer wrong"),
        std::string("Digest abc"), std::string("Basic ???"), std::string("Basic")}) {
    const net::Response answer = site.with("GET", "authorization", value, false);
    EXPECT_EQ(answer.status, 401) << value;
    EXPECT_EQ(field(answer, "WWW-Authenticate"),
              "Basic realm=\"TAXII\", charset=\"UTF-8\"|Bearer realm=\"TAXII\"");
  }
  const net::Response nobody = site.with("GET", "x", "y", false);
  EXPECT_EQ(nobody.status, 401);
  EXPECT_NE(field(nobody, "WWW-Authenticate"), "");
}

TEST(TaxiiHttp, knows_callers_by_password_token_api_key_and_certificate) {
  Site site;
  EXPECT_EQ(site.with("GET", "authorization", basic("alice", "secret"), false).status, 200);
  EXPECT_TRUE(site.asked.starts_with("alice "));
  for (const char* value : {"Bearer token-1", "bearer  token-1", "Token token-1"}) {
    EXPECT_EQ(site.with("GET", "authorization", value, false).status, 200) << value;
    EXPECT_TRUE(site.asked.starts_with("robot "));
  }
  EXPECT_EQ(site.with("GET", "x-api-key", "token-1", false).status, 200);
  net::Request r;
  r.method = "GET";
  r.path = std::string(objects_path);
  r.client_certificate = ByteArray<32>{7};
  EXPECT_EQ(site.endpoint->answer(r).status, 200);
  EXPECT_TRUE(site.asked.starts_with("machine "));
}

TEST(TaxiiHttp, keeps_the_colon_of_a_password_and_takes_base64_without_padding) {
  net::Request r;
  std::string value = basic("alice", "a:b:c1");
  while (value.ends_with('=')) value.pop_back();
  r.fields.add("authorization", value);
  const auto credentials = read_credentials(r);
  ASSERT_TRUE(credentials);
  EXPECT_EQ(credentials->user, "alice");
  EXPECT_EQ(credentials->password, "a:b:c1");
  r.fields.add("authorization", value);
  EXPECT_FALSE(read_credentials(r));
}

TEST(TaxiiHttp, says_405_and_names_the_methods) {
  Site site;
  const auto allow = [&](std::string_view method, std::string_view path) {
    net::Request r = site.request(method, path);
    const net::Response answer = site.endpoint->answer(r);
    EXPECT_EQ(answer.status, 405) << path;
    return field(answer, "Allow");
  };
  EXPECT_EQ(allow("PUT", objects_path), "GET, HEAD, POST, OPTIONS");
  EXPECT_EQ(allow("DELETE", objects_path), "GET, HEAD, POST, OPTIONS");
  EXPECT_EQ(allow("POST", "/taxii2/"), "GET, HEAD, OPTIONS");
  EXPECT_EQ(allow("TRACE", std::string(objects_path) + "indicator--1/"), "GET, HEAD, DELETE, OPTIONS");
  net::Request r = site.request("OPTIONS", objects_path);
  const net::Response options = site.endpoint->answer(r);
  EXPECT_EQ(options.status, 204);
  EXPECT_EQ(field(options, "Allow"), "GET, HEAD, POST, OPTIONS");
}

TEST(TaxiiHttp, serves_a_path_without_its_trailing_slash) {
  Site site;
  EXPECT_TRUE(TaxiiEndpoint::owns("/taxii2"));
  EXPECT_EQ(site.get("/taxii2").status, 200);
  EXPECT_EQ(site.get(objects_path.substr(0, objects_path.size() - 1)).status, 200);
}

TEST(TaxiiHttp, tells_api_roots_with_the_host_that_was_asked) {  // cytaxii2 uses them as they are
  Site site;
  taxii::Discovery discovery;
  discovery.title = "a \"/taxii2/ b";
  discovery.default_root = "/taxii2/intel/";
  discovery.api_roots = {"/taxii2/intel/", "/taxii2/other/"};
  site.node.answer = [&](const taxii::Request&) {
    return taxii::json_answer(200, taxii::to_json(discovery));
  };
  site.endpoint = std::make_unique<TaxiiEndpoint>(site.node, site.clock, site.entropy);
  const std::string answer = text(site.get("/taxii2/"));
  EXPECT_NE(answer.find("\"default\":\"https://taxii.example.org/taxii2/intel/\""), std::string::npos)
      << answer;
  EXPECT_NE(answer.find("\"https://taxii.example.org/taxii2/other/\""), std::string::npos);
  EXPECT_NE(answer.find("a \\\"/taxii2/ b"), std::string::npos);
  net::Request r = site.request("GET", "/taxii2/");
  r.fields = {};
  r.fields.add("host", "evil\"example");
  EXPECT_EQ(text(site.endpoint->answer(r)), taxii::to_json(discovery));
}

TEST(TaxiiHttp, refuses_tricks_in_paths) {
  Site site;
  for (const char* path : {"/taxii2/../keys/", "/taxii2//intel/", "/taxii2/%2e%2e/",
                           "/taxii2/intel%2fcollections/", "/taxii2/%00/", "/taxii2/intel/collections/%zz/",
                           "/taxii2/./", "/taxii2/intel//", "/taxii2/intel\\collections/"})
    EXPECT_EQ(site.get(path).status, 404) << path;
  EXPECT_EQ(site.answered, 0);
  EXPECT_FALSE(TaxiiEndpoint::owns("/taxii21/"));
  EXPECT_FALSE(TaxiiEndpoint::owns("//taxii2/"));
}

TEST(TaxiiHttp, takes_a_get_that_has_a_content_type) {  // cytaxii2 sends one
  Site site;
  EXPECT_EQ(site.with("GET", "content-type", "application/vnd.oasis.stix+json; version=2.0").status, 200);
}

TEST(TaxiiHttp, takes_what_the_connector_of_opencti_posts) {
  Site site;
  net::Request r = site.request("POST", objects_path);
  r.fields.add("accept", "application/taxii+json; version=2.1");
  r.fields.add("content-type", "application/stix+json; version=2.1");
  r.body = R"({"type":"bundle","id":"bundle--1","objects":[]})";
  EXPECT_FALSE(site.endpoint->before_body(r));
  net::Response answer = site.endpoint->answer(r);
  EXPECT_EQ(site.posted, R"({"type":"bundle","id":"bundle--1","objects":[]})");
  EXPECT_FALSE((*answer.later)());
  EXPECT_EQ((*answer.later)()->status, 202);
}

TEST(TaxiiHttp, takes_the_accept_of_axios) {  // the ingester of OpenCTI
  Site site;
  EXPECT_EQ(site.with("GET", "accept", "application/json, text/plain, */*").status, 200);
}

TEST(TaxiiHttp, does_not_ask_for_a_user_agent) {
  Site site;
  EXPECT_EQ(site.get("/taxii2/").status, 200);
}

TEST(TaxiiHttp, refuses_a_post_before_its_body_is_read) {
  Site site;
  net::Request r = site.request("POST", objects_path);
  EXPECT_EQ(site.endpoint->before_body(r)->status, 415);
  r.fields.add("content-type", "application/taxii+json;version=2.1");
  EXPECT_FALSE(site.endpoint->before_body(r));
  net::Request nobody = r;
  nobody.fields = {};
  nobody.fields.add("content-type", "application/taxii+json;version=2.1");
  EXPECT_EQ(site.endpoint->before_body(nobody)->status, 401);
  nobody.fields.add("authorization", "Bearer token-1");
  EXPECT_EQ(site.endpoint->before_body(nobody)->status, 403);
}

TEST(TaxiiHttp, has_no_body_after_a_delete) {
  Site site;
  net::Request r = site.request("DELETE", std::string(objects_path) + "indicator--1/");
  const net::Response answer = site.endpoint->answer(r);
  EXPECT_EQ(answer.status, 200);
  EXPECT_FALSE(answer.page);
  EXPECT_EQ(answer.body, "");
}

TEST(TaxiiHttp, compresses_for_those_who_take_it) {
  Site site;
  site.body = "{\"objects\":[" + std::string(5'000, ' ') + "]}";
  const net::Response packed = site.with("GET", "accept-encoding", "gzip, deflate");
  EXPECT_EQ(field(packed, "Content-Encoding"), "gzip");
  EXPECT_LT(text(packed).size(), 200U);
  EXPECT_EQ(field(site.with("GET", "accept-encoding", "gzip, zstd"), "Content-Encoding"), "zstd");
  EXPECT_EQ(field(site.get(objects_path), "Content-Encoding"), "");
  EXPECT_NE(field(packed, "Vary").find("Accept-Encoding"), std::string::npos);
}

TEST(TaxiiHttp, compresses_aside_what_would_hold_up_the_node) {
  Site site;
  TaxiiEndpoint::Limits limits;
  limits.compress_at_once = 5'000;
  site.endpoint = std::make_unique<TaxiiEndpoint>(site.node, site.clock, site.entropy, limits);
  site.body = "{\"objects\":[" + std::string(4'986, ' ') + "]}";
  ASSERT_EQ(site.body.size(), 5'000U);
  EXPECT_EQ(field(site.with("GET", "accept-encoding", "gzip"), "Content-Encoding"), "gzip");
  site.body += ' ';
  site.epoch = 2;
  net::Response large = site.with("GET", "accept-encoding", "gzip");
  EXPECT_EQ(field(large, "Content-Encoding"), "") << "good as it is";
  EXPECT_EQ(text(large), site.body);
  ASSERT_TRUE(large.aside);
  net::Request again = site.request("GET", objects_path);
  again.fields.add("accept-encoding", "gzip");
  EXPECT_FALSE(site.endpoint->ready(again)) << "it is not kept uncompressed";
  (*large.aside)(large);
  EXPECT_EQ(field(large, "Content-Encoding"), "gzip");
  EXPECT_LT(text(large).size(), 200U);
  const auto kept = site.endpoint->ready(again);
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->page, large.page);
  EXPECT_FALSE(kept->aside);
}

TEST(TaxiiCache, gives_out_the_same_answer_without_asking_the_node) {
  Site site;
  net::Request r = site.request("GET", objects_path, "limit=100");
  EXPECT_FALSE(site.endpoint->ready(r));
  const net::Response first = site.endpoint->answer(r);
  const auto second = site.endpoint->ready(r);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->fields, first.fields);
  EXPECT_EQ(second->page, first.page);
  EXPECT_EQ(site.answered, 1);
  r.method = "HEAD";
  EXPECT_TRUE(site.endpoint->ready(r));
  site.endpoint->report_served();
  EXPECT_EQ(site.served[5], 2U);
  site.endpoint->report_served();
  EXPECT_EQ(site.served[5], 2U);
}

TEST(TaxiiCache, tells_callers_queries_codings_and_methods_apart) {
  Site site;
  net::Request r = site.request("GET", objects_path, "limit=100");
  site.endpoint->answer(r);
  net::Request other = r;
  other.fields = {};
  other.fields.add("authorization", basic("alice", "guess"));
  EXPECT_FALSE(site.endpoint->ready(other));
  other.fields = {};
  EXPECT_FALSE(site.endpoint->ready(other));
  other = r;
  other.client_certificate = ByteArray<32>{7};
  EXPECT_FALSE(site.endpoint->ready(other));
  other = r;
  other.query = "limit=101";
  EXPECT_FALSE(site.endpoint->ready(other));
  other = r;
  other.fields.add("accept-encoding", "gzip");
  EXPECT_FALSE(site.endpoint->ready(other));
  other = r;
  other.method = "DELETE";
  EXPECT_FALSE(site.endpoint->ready(other));
  other = r;
  other.fields.add("accept", "text/html");
  EXPECT_FALSE(site.endpoint->ready(other));
  EXPECT_TRUE(site.endpoint->ready(r));
}

TEST(TaxiiCache, forgets_everything_when_the_node_or_the_minute_changes) {
  Site site;
  net::Request r = site.request("GET", objects_path);
  site.endpoint->answer(r);
  EXPECT_TRUE(site.endpoint->ready(r));
  ++site.epoch;
  EXPECT_TRUE(site.endpoint->ready(r));  // nothing has happened yet
  site.endpoint->publish();
  EXPECT_FALSE(site.endpoint->ready(r));
  site.endpoint->answer(r);
  EXPECT_TRUE(site.endpoint->ready(r));
  site.clock.advance(std::chrono::seconds(60));
  EXPECT_FALSE(site.endpoint->ready(r));
  site.epoch = 0;
  site.endpoint->answer(r);
  EXPECT_FALSE(site.endpoint->ready(r));
}

TEST(TaxiiCache, stays_within_its_bound_and_lets_the_oldest_go) {
  AnswerCache cache(10'000);
  net::Response response;
  response.page = std::make_shared<const std::string>(3'000, 'x');
  for (int i = 0; i < 10; ++i) {
    cache.keep("key " + std::to_string(i), {1, 1}, 1, response);
    EXPECT_LE(cache.bytes(), 10'000U);
  }
  EXPECT_FALSE(cache.find("key 0", {1, 1}));
  EXPECT_TRUE(cache.find("key 9", {1, 1}));
  EXPECT_FALSE(cache.find("key 9", {2, 1}));
}

TEST(LoginThrottle, slows_guessing_down_and_lets_known_callers_through) {
  LoginThrottle throttle({.failures_per_minute = 3, .attempts_per_second = 100, .networks = 2, .known = 10});
  const Timestamp now = Timestamp::from_seconds(6'000);
  const crypto::Hash256 good{1}, bad{2};
  throttle.succeeded(good);
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(throttle.may_try("192.0.2.1", bad, now));
    throttle.failed("192.0.2.1", bad, now);
  }
  EXPECT_FALSE(throttle.may_try("192.0.2.1", bad, now));
  EXPECT_TRUE(throttle.may_try("192.0.2.1", good, now));
  EXPECT_TRUE(throttle.may_try("192.0.2.2", bad, now));
  throttle.failed("192.0.2.2", bad, now);
  EXPECT_FALSE(throttle.may_try("192.0.2.3", bad, now));  // no more networks are remembered
  EXPECT_TRUE(throttle.may_try("192.0.2.1", bad, now + std::chrono::seconds(60)));
}

TEST(LoginThrottle, bounds_the_attempts_of_everybody_together) {
  LoginThrottle throttle({.attempts_per_second = 2});
  const Timestamp now = Timestamp::from_seconds(6'000);
  EXPECT_TRUE(throttle.may_try("192.0.2.1", {1}, now));
  EXPECT_TRUE(throttle.may_try("192.0.2.2", {2}, now));
  EXPECT_FALSE(throttle.may_try("192.0.2.3", {3}, now));
  EXPECT_TRUE(throttle.may_try("192.0.2.3", {3}, now + std::chrono::seconds(1)));
}

}  // namespace
}  // namespace parley::api
