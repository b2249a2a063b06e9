//! What comes back when all is well.

use super::{WAYS, World, ask, request, tool};
use agent::{Turn, Usage, model::Stop};
use serde_json::json;

/// Text and two calls at once, put together from pieces that break inside letters and escapes, is the same as in one piece.
#[tokio::test]
async fn an_answer_is_the_same_in_pieces_and_whole() {
    let world = World::start().await;
    let content = json!([
        {"type": "text", "text": "Let me look, 世界."},
        {"type": "tool_use", "id": "toolu_1", "name": "get", "input": {"team": "Grüße \"quoted\" \\ 世界", "deep": [1, {"a": null}]}},
        {"type": "tool_use", "id": "toolu_2", "name": "get", "input": {}},
    ]);
    let (turns, tools) = ([Turn::prompt("Look")], [tool("get")]);
    for (way, is_stream) in WAYS {
        world.script(json!([{"content": content}])).await;
        let (answer, told) = ask(&world.model(way), &request(&turns, &tools), is_stream).await;
        let answer = answer.unwrap();
        assert_eq!(answer.stop, Stop::ToolUse);
        assert_eq!(answer.turn.text(), "Let me look, 世界.");
        let calls: Vec<_> = answer.turn.calls().map(|(id, name, input)| json!([id, name, input])).collect();
        let expected = [json!(["toolu_1", "get", content[1]["input"]]), json!(["toolu_2", "get", {}])];
        assert_eq!(calls, expected, "{way} {is_stream}");
        assert_eq!(told, if is_stream { "Let me look, 世界." } else { "" });
    }
}

/// The prompt is cached from one step to the next, and the tokens are counted apart.
#[tokio::test]
async fn the_second_step_reads_the_first_from_the_cache() {
    for (way, is_stream) in WAYS {
        let world = World::start().await;
        let (model, tools) = (world.model(way), [tool("get")]);
        let mut turns = vec![Turn::prompt("Hello")];
        let (first, _) = ask(&model, &request(&turns, &tools), is_stream).await;
        let first = first.unwrap();
        turns.extend([first.turn, Turn::prompt("And now?")]);
        let (second, _) = ask(&model, &request(&turns, &tools), is_stream).await;
        let (first, second): (Usage, Usage) = (first.usage, second.unwrap().usage);
        assert!(first.cache_write > 0 && first.cache_read == 0, "{first:?}");
        assert_eq!(second.cache_read, first.cache_write, "{way} {is_stream}: {second:?}");
        assert!(second.cache_write > 0 && second.output > 0);
        assert_eq!(second.total(), second.input + second.output + second.cache_write + second.cache_read);
    }
}

/// What the model says beyond what is known here goes back to it unchanged, and events that nobody knows are passed over.
#[tokio::test]
async fn what_is_unknown_is_kept_and_passed_over() {
    let world = World::start().await;
    for (way, is_stream) in WAYS {
        world.script(json!([{"flaw": "unknown_block"}, {"flaw": "unknown_event"}])).await;
        let mut turns = vec![Turn::prompt("Hello")];
        let (answer, _) = ask(&world.model(way), &request(&turns, &[]), is_stream).await;
        let answer = answer.unwrap();
        assert_eq!(answer.turn.content[0]["frames"], json!([1, 2]));
        turns.extend([answer.turn, Turn::prompt("Go on")]);
        world.requests().await;
        let (answer, _) = ask(&world.model(way), &request(&turns, &[]), is_stream).await;
        assert_eq!(answer.unwrap().stop, Stop::EndTurn);
        let sent = world.requests().await;
        assert_eq!(sent[0]["body"]["messages"][1]["content"][0]["frames"], json!([1, 2]), "{way} {is_stream}");
    }
}

/// The ends that are no ends of a turn.
#[tokio::test]
async fn a_refusal_and_a_cut_are_told_apart() {
    let world = World::start().await;
    let (turns, tools) = ([Turn::prompt("Hello")], [tool("get")]);
    let call = json!([{"type": "tool_use", "name": "get", "input": {"team": "a long name of a team"}}]);
    for (way, is_stream) in WAYS {
        world.script(json!([{"flaw": "refusal"}, {"flaw": "max_tokens", "content": call}])).await;
        let (refused, _) = ask(&world.model(way), &request(&turns, &tools), is_stream).await;
        let refused = refused.unwrap();
        assert_eq!((refused.stop, refused.turn.content.len()), (Stop::Refusal, 0));
        let (cut, _) = ask(&world.model(way), &request(&turns, &tools), is_stream).await;
        let cut = cut.unwrap();
        let inputs: Vec<_> = cut.turn.calls().map(|(.., input)| input.clone()).collect();
        assert_eq!((cut.stop, inputs), (Stop::MaxTokens, vec![json!({})]), "{way} {is_stream}");
    }
}
